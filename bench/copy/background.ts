import { ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Runs a program of this folder in a separate process, which handles one request at a time. */
export class Background<Question extends object, Answer> {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(folder: string, private readonly name: string) {
    const outfile = join(folder, `${name}.cjs`);
    const entryPoints = [join(__dirname, `${name}.ts`)];
    buildSync({ entryPoints, bundle: true, outfile, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'warning' });
    this.child = fork(outfile, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.ended = new Promise(resolve => this.child.once('exit', resolve));
  }

  async ask(question: Question): Promise<Answer> {
    const answered = once(this.child, 'message') as Promise<[{ readonly given?: Answer; readonly failed?: string }]>;
    this.child.send(question);
    const answer = await Promise.race([answered, this.ended.then(code => [{ failed: `ended with ${String(code)}` }] as const)]);
    const [{ given, failed }] = answer as Awaited<typeof answered>;
    if (failed !== undefined) throw new Error(`${this.name}: ${failed}`);
    return given!;
  }

  async stop(): Promise<void> {
    this.child.kill();
    await this.ended;
  }
}
