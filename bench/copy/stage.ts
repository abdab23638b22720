import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Actor {
  stop(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * A directory for all files, and the processes to end, also if the bench is interrupted, because child processes survive their parent.
 */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'bench-copy-'));
  private readonly actors = new Array<Actor>();

  constructor() {
    for (const signal of SIGNALS) process.once(signal, this.interrupted);
  }

  add<T extends Actor>(actor: T): T {
    this.actors.push(actor);
    return actor;
  }

  async end(): Promise<void> {
    for (const signal of SIGNALS) process.off(signal, this.interrupted);
    await Promise.allSettled(this.actors.map(actor => actor.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private readonly interrupted = () => { void this.end().then(() => process.exit(130)); };
}
