import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

interface Ending {
  /** What is left in the temporary directory. */
  readonly left: readonly string[];
  readonly code: unknown;
  readonly signal: unknown;
}

async function leftBy(ending: string, act: (child: ChildProcess) => void = () => undefined): Promise<Ending> {
  const directory = mkdtempSync(join(tmpdir(), 'outer-'));
  const { outputFiles: [{ text }] } = buildSync({
    stdin: {
      contents: `
        import { mkdtempSync } from 'node:fs';
        import { tmpdir } from 'node:os';
        import { join } from 'node:path';
        import { ownTemporaryFolder } from './temporary-folder';
        const remove = ownTemporaryFolder('own');
        mkdtempSync(join(tmpdir(), 'cdk.out'));
        process.stdout.write(tmpdir());
        ${ending}`,
      resolveDir: __dirname,
    },
    bundle: true,
    platform: 'node',
    write: false,
  });
  const child = spawn(process.execPath, ['-e', text], { env: { ...process.env, TMPDIR: directory }, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  expect(String((await once(child.stdout!, 'data'))[0])).toMatch(new RegExp(`^${directory}/own-`));
  act(child);
  const [code, signal] = await ended;
  const left = readdirSync(directory);
  rmSync(directory, { recursive: true });
  return { left, code, signal };
}

describe('a program with its own temporary folder leaves no files there', () => {
  it('when it ends', async () => {
    expect(await leftBy('')).toEqual({ left: [], code: 0, signal: null });
  });

  it('when it removes the folder itself, and then has another', async () => {
    const ending = 'remove(); ownTemporaryFolder("next"); mkdtempSync(join(tmpdir(), "cdk.out"));';
    expect(await leftBy(ending)).toEqual({ left: [], code: 0, signal: null });
  });

  it('when it fails', async () => {
    expect(await leftBy('setTimeout(() => { throw new Error("wrong"); }, 10);')).toEqual({ left: [], code: 1, signal: null });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('when it is ended by %s', async signal => {
    expect(await leftBy('setInterval(() => {}, 1_000);', child => child.kill(signal))).toEqual({ left: [], code: null, signal });
  });

  it('when it ends itself after a signal', async () => {
    const ending = 'process.once("SIGINT", () => setTimeout(() => process.exit(130), 50)); setInterval(() => {}, 1_000);';
    expect(await leftBy(ending, child => child.kill('SIGINT'))).toEqual({ left: [], code: 130, signal: null });
  });
});

test('jest has its own temporary folder, which it removes', () => {
  expect(basename(tmpdir())).toMatch(/^jest-/);
});
