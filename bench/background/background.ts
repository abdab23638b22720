import { ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

/** Runs a program in a separate process, which handles one request at a time. */
export class Background<Question extends object, Answer> {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private readonly name: string;

  /** @param program path of a file in TypeScript */
  constructor(folder: string, program: string) {
    this.name = basename(program, '.ts');
    const outfile = join(folder, `${this.name}.cjs`);
    buildSync({ entryPoints: [program], bundle: true, outfile, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'warning' });
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
