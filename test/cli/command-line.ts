import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = join(__dirname, '..', '..', 'bin', 'cdk-ecr-keeper.js');
/**
 * Folder in which Node.js stores the compiled program, so that only the first of the thousand processes of the tests compiles it.
 * https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
 */
const COMPILED = join(tmpdir(), 'command-line-compile-cache');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  /** Text of standard input. @default - no input */
  readonly input?: string;
  /** Whether the reader of standard output stops after the first chunk, like `head`. */
  readonly isHeadOnly?: true;
  /** Receives a function that sends a signal to the process. */
  readonly onStart?: (send: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the packed program in an empty folder, without the AWS configuration of this machine. */
export class CommandLine {
  readonly folder = mkdtempSync(join(tmpdir(), 'command-line-'));

  /** Writes a file to the folder in which `run` starts the program. */
  write(name: string, content: unknown): string {
    writeFileSync(join(this.folder, name), typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
    return name;
  }

  /** Runs the program asynchronously, because the fakes that it calls run in this process. */
  async run(args: readonly string[], { env = {}, input = '', isHeadOnly, onStart }: RunOptions = {}): Promise<Outcome> {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, AWS_EC2_METADATA_DISABLED: 'true', NODE_COMPILE_CACHE: COMPILED, ...env },
    });
    onStart?.(signal => { child.kill(signal); });
    child.stdin.on('error', () => undefined); // the program can exit before it reads its input
    child.stdin.end(input);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (isHeadOnly) child.stdout.destroy();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    const status = await new Promise<number | null>(resolve => child.on('close', resolve));
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

const DAY = 86_400_000;
export const AT = '2026-06-01T00:00:00.000Z';

export interface RecordedImage {
  readonly id: string;
  readonly tags?: readonly string[];
  readonly pushedDaysAgo: number;
  readonly pulledDaysAgo?: number;
  readonly archivedDaysAgo?: number;
  readonly activatedDaysAgo?: number;
  readonly storageClass?: 'archive';
  readonly isIndex?: true;
}

/** Returns an image in the format of the AWS CLI: untagged images have no imageTags, and times have a time zone. */
export function describedImage(image: RecordedImage): Record<string, unknown> {
  const time = (days?: number) => days === undefined ? undefined : new Date(Date.parse(AT) - days * DAY).toISOString()
    .replace('Z', '000+00:00');
  return {
    registryId: '000000000000',
    repositoryName: 'app',
    imageDigest: digestOf(image.id),
    ...image.tags && image.tags.length > 0 ? { imageTags: image.tags } : {},
    imageSizeInBytes: 1000,
    imagePushedAt: time(image.pushedDaysAgo),
    imageManifestMediaType: image.isIndex ? 'application/vnd.oci.image.index.v1+json' : 'application/vnd.oci.image.manifest.v1+json',
    lastRecordedPullTime: time(image.pulledDaysAgo),
    lastArchivedAt: time(image.archivedDaysAgo),
    lastActivatedAt: time(image.activatedDaysAgo),
    imageStatus: image.storageClass === 'archive' ? 'ARCHIVED' : 'ACTIVE',
  };
}

export function digestOf(id: string): string {
  return `sha256:${Buffer.from(id).toString('hex').padEnd(64, '0')}`;
}
