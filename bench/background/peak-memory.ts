import { readFileSync } from 'node:fs';

const OFTEN_ENOUGH_MS = 20;

/**
 * Reads the kernel's high-water mark of a running process in MB, which can miss the last moments. Undefined without /proc.
 */
export class PeakMemory {
  private peakMB?: number;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.timer = setInterval(() => this.look(), OFTEN_ENOUGH_MS);
  }

  stop(): number | undefined {
    clearInterval(this.timer);
    return this.peakMB;
  }

  private look(): void {
    try {
      const [, kB] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
      if (kB !== undefined) this.peakMB = Number(kB) / 1024; // undefined for a zombie process
    } catch {
      // The process has ended.
    }
  }
}
