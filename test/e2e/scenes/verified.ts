import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, IncomingMessage, request, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { onlyOnEmulator, Scene } from './scene';
import { OWNED, TAGS } from './subject';
import type { World } from './world';
import { connect } from '../place';
import { Stacks } from '../stacks';

const PREFIX = /^ecrkeeper-[0-9a-f]{8}-\d+-/;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run verify -- --aws` with the emulator as AWS, by an IAM user of the account. */
class Verifier {
  static async of(world: World): Promise<Verifier> {
    const iam = connect(world.place, IAMClient, world.env);
    const UserName = 'verifier';
    await iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'everything', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    iam.destroy();
    return new Verifier(world, AccessKey!.AccessKeyId!, AccessKey!.SecretAccessKey!);
  }

  private constructor(private readonly world: World, private readonly keyId: string, private readonly secret: string) {}

  run(
    args: readonly string[], env: Readonly<Record<string, string>> = {},
    onStart: (kill: (signal: NodeJS.Signals) => void) => void = () => {},
  ): Promise<Ended> {
    const { emulator, env: { region } } = this.world;
    const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, '..', 'verify.ts'), '--aws', '--parallel', '1', ...args], {
      cwd: join(__dirname, '..', '..', '..'),
      detached: true,
      env: {
        PATH: process.env.PATH,
        HOME: join(emulator.directory, 'home'),
        TMPDIR: process.env.TMPDIR,
        ...emulator.env({ region }),
        AWS_ACCESS_KEY_ID: this.keyId,
        AWS_SECRET_ACCESS_KEY: this.secret,
        ...env,
      },
    });
    emulator.adopt(child);
    onStart(signal => child.kill(signal));
    return new Promise<Ended>(resolve => {
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', chunk => { stdout += String(chunk); });
      child.stderr.on('data', chunk => { stderr += String(chunk); });
      child.on('close', code => resolve({ code, stdout, stderr }));
    });
  }

  /** Runs one scene, and sends a signal after its first stack was accepted and before the run knows it. */
  async interrupted(signal: NodeJS.Signals, only: string): Promise<Ended> {
    let send: (signal: NodeJS.Signals) => void;
    const between = await intercepted(this.world.emulator.endpoint, 'CreateStack', () => send(signal));
    const args = ['--account', this.world.account, '--only', only];
    const ended = await this.run(args, { AWS_ENDPOINT_URL: between.endpoint }, kill => { send = kill; });
    await between.close();
    return ended;
  }

  /** Returns the names of what runs have created. */
  async belowPrefix(): Promise<{ stacks: string[]; others: string[] }> {
    const [stacks, repositories] = [await this.world.liveStacks(), await this.world.liveRepositories()];
    const { functions, roles, logGroups } = await this.world.machinery();
    return { stacks: ours(Object.keys(stacks)), others: ours([...Object.keys(repositories), ...functions, ...roles, ...logGroups]) };
  }
}

/** Opens an endpoint before another one, and calls back when the other has answered an action, before the caller has the answer. */
async function intercepted(endpoint: string, action: string, answered: () => void) {
  const forward = async (asked: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(asked);
    const { method, headers } = asked;
    const [answer] = await once(request(`${endpoint}${asked.url}`, { method, headers }).end(body), 'response') as [IncomingMessage];
    if (new URLSearchParams(body.toString('latin1')).get('Action') === action) answered();
    response.writeHead(answer.statusCode!, answer.headers);
    await pipeline(answer, response);
  };
  // A process that was killed leaves requests and answers that are cut off.
  const server = createServer((asked, response) => { forward(asked, response).catch(() => response.destroy()); });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

const ours = (names: readonly string[]) => names.filter(name => PREFIX.test(name));

const NOTHING = { stacks: [], others: [] };

/** A repository of somebody else, with the name that the scenes use. */
async function withNamesake(world: World): Promise<void> {
  await world.createRepository(OWNED.repository, TAGS);
  await world.push(OWNED.repository);
}

const remains = (world: World) => world.ends({ stacks: {}, repositories: { [OWNED.repository]: { tags: TAGS } } });

/** 37. `npm run verify -- --aws` itself. */
export const verified: Scene[] = [
  ['37a verify: without a Region, credentials, the account ID, or a bootstrap, nothing is created', async (world: World) => {
    const verifier = await Verifier.of(world);
    const only = ['--only', '4c'];
    const refused = async (because: RegExp, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const { code, stdout, stderr } = await verifier.run([...only, ...args], env);
      deepStrictEqual([code, stdout], [1, '']);
      match(stderr, because);
    };
    const confirmed = ['--account', world.account];
    await Promise.all([
      refused(/^error: the Region is missing/, confirmed, { AWS_REGION: '', AWS_DEFAULT_REGION: '' }),
      refused(/^error: .*credentials/i, confirmed, { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }),
      refused(/^error: the account is not bootstrapped for the CDK in us-east-1: .* Nothing was created/, confirmed),
    ]);
    await new Stacks(world.emulator, world.env).bootstrap();
    await refused(/^1 scenes and chapters in account \d{12}, Region us-east-1.*: at most 25 minutes and \$0\.02\..*\nerror: not confirmed/,
      ['--account', '999999999999']);
    deepStrictEqual(await verifier.belowPrefix(), NOTHING);
  }],

  ['37b verify: two runs at once have separate prefixes, leave repositories of the same name unchanged, and remove everything',
    async (world: World) => {
      const verifier = await Verifier.of(world);
      await new Stacks(world.emulator, world.env).bootstrap();
      await withNamesake(world);
      const confirmed = ['--account', world.account, '--only'];
      const [one, other] = await Promise.all([verifier.run([...confirmed, '12e imported', '25a']), verifier.run([...confirmed, '24g'])]);
      strictEqual(one.code, 0, one.stdout + one.stderr);
      strictEqual(other.code, 0, other.stdout + other.stderr);
      match(one.stdout, /\| 12e imported: [^|]*\| passed +\|/);
      match(one.stdout, /\| 25a [^|]*\| not run: needs a second account +\|/);
      match(one.stdout, /\n1 passed, 0 failed\n$/);
      match(other.stdout, /\| 24g [^|]*\| passed +\|/);
      ok(![one, other].some(({ stdout }) => stdout.includes(world.account)));
      deepStrictEqual(await verifier.belowPrefix(), NOTHING);
      await remains(world);
    }],

  ['37c verify: Ctrl-C removes what the run created, and --clean what a killed run left', async (world: World) => {
    const verifier = await Verifier.of(world);
    await new Stacks(world.emulator, world.env).bootstrap();
    await withNamesake(world);
    const { code, stdout, stderr } = await verifier.interrupted('SIGINT', '4c');
    strictEqual(code, 130, stdout + stderr);
    match(stdout, /\| 4c [^|]*\| not run: interrupted +\|/);
    deepStrictEqual(await verifier.belowPrefix(), NOTHING);

    const killed = await verifier.interrupted('SIGKILL', '4c');
    strictEqual((await verifier.belowPrefix()).stacks.length, 1, killed.stdout + killed.stderr);
    const cleaned = await verifier.run(['--account', world.account, '--clean']);
    deepStrictEqual([cleaned.code, cleaned.stdout], [0, '']);
    match(cleaned.stderr, /^an interrupted run left resources in us-east-1 whose names start with ecrkeeper-[0-9a-f]{8}-\n/);
    match(cleaned.stderr, /removed: stack ecrkeeper-[0-9a-f]{8}-1-Test\n/);
    deepStrictEqual(await verifier.belowPrefix(), NOTHING);
    await remains(world);
  }],
].map(([title, play]) => onlyOnEmulator('tests this command', title as string, play as (world: World) => Promise<void>));
