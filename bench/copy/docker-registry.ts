import { ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The registry of Docker, which stores pushed images in files. https://distribution.github.io/distribution/about/configuration/ */
export class DockerRegistry {
  static async start(folder: string): Promise<DockerRegistry> {
    const config = join(folder, 'docker-registry.yml');
    // JSON is valid YAML.
    writeFileSync(config, JSON.stringify({
      version: 0.1,
      log: { level: 'info', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'docker-registry') }, cache: { blobdescriptor: 'inmemory' } },
      http: { addr: '127.0.0.1:0' },
    }));
    const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
    return new DockerRegistry(child, ended, await listening(child));
  }

  private constructor(private readonly child: ChildProcess, private readonly ended: Promise<void>, readonly host: string) {}

  async stop(): Promise<void> {
    this.child.kill('SIGKILL'); // it needs no graceful shutdown
    await this.ended;
  }
}

/** Reads the free port from the log. The later log is read too, because the pipe would fill up otherwise. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
      const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(log) ?? [];
      if (host !== undefined) resolve(host);
    });
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`docker-registry ended with ${code}: ${log}`)));
  });
}
