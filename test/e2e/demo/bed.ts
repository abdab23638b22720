import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ECRClient } from '@aws-sdk/client-ecr';
import { Step } from './steps';
import { Progress } from './terminal';
import { Cdk, CdkResult } from '../cdk';
import { Emulator } from '../emulator';
import { connect, NotHere, Place } from '../place';
import { Stacks } from '../stacks';

export const PROJECT = resolve(__dirname, '..', '..', '..');

/** The place and the clients that every step uses. */
export class Bed {
  readonly cloudFormation: CloudFormationClient;
  readonly ecr: ECRClient;
  readonly stacks: Stacks;
  /** The folder with an executable `aws`, the pinned AWS CLI. */
  readonly bin: string;

  constructor(readonly place: Place) {
    this.cloudFormation = connect(place, CloudFormationClient);
    this.ecr = connect(place, ECRClient);
    this.stacks = new Stacks(place);
    this.bin = join(place.directory, 'shell');
    mkdirSync(this.bin, { recursive: true });
    writeFileSync(join(this.bin, 'aws'), `#!/bin/sh\nexec '${place.python}' -m awscli "$@"\n`, { mode: 0o755 });
  }

  /** The emulator itself, for steps that run only there. */
  get emulator(): Emulator {
    if (this.place instanceof Emulator) return this.place;
    throw new NotHere('uses the emulator itself');
  }

  /** Runs one line in a shell, as a person would paste it. */
  shell(step: Step, line: string, environment: Readonly<Record<string, string>> = {}): Promise<{ code: number; output: string }> {
    return step.during(`$ ${line}`, () => new Promise((done, fail) => {
      const child = spawn('sh', ['-c', this.place.names.command(line)], {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        cwd: this.place.directory,
        env: {
          HOME: join(this.place.directory, 'home'),
          ...this.place.env(),
          PATH: `${this.bin}:${process.env.PATH}`,
          LANG: 'C.UTF-8',
          AWS_PAGER: '',
          ...environment,
        },
      });
      this.place.adopt(child);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => { output += chunk; });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => { output += chunk; });
      child.once('error', fail);
      child.once('close', code => done({ code: code ?? 1, output: this.place.names.response(output) }));
    }));
  }
}

type Verb = 'bootstrap' | 'deploy' | 'destroy';

/** Runs the real CDK CLI on one app and prints each command. */
export class CommandLine {
  private readonly cdk: Cdk;
  private latest?: Progress;

  constructor(bed: Bed, app: string) {
    this.cdk = new Cdk({ place: bed.place, app, log: line => this.latest?.(inShort(line)) });
  }

  /** Returns the result with any exit code. */
  run(step: Step, verb: Verb, ...stacks: string[]): Promise<CdkResult> {
    return step.during(`$ ${['cdk', verb, ...stacks].join(' ')}`, progress => {
      this.latest = progress;
      return this.cdk[verb](...stacks);
    });
  }

  /** @throws with the output of the CLI if the exit code is not 0 */
  async succeed(step: Step, verb: Verb, ...stacks: string[]): Promise<CdkResult> {
    const result = await this.run(step, verb, ...stacks);
    if (result.code !== 0) {
      throw new Error(`cdk ${verb} failed with exit code ${result.code}:\n${result.output}`);
    }
    return result;
  }
}

/** Shortens a row of the CLI's table (stack, count, time, status, type, resource) to the status and the resource. */
function inShort(line: string): string {
  const [, , , status, , resource] = line.split('|').map(cell => cell.trim());
  return resource === undefined ? line : `${status} ${resource}`;
}
