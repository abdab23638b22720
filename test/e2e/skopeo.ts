import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';

const run = promisify(execFile);

/**
 * Runs skopeo, the most common client for copying images, with a local registry.
 * https://github.com/containers/skopeo
 */
export class Skopeo {
  /** @param caller access key that the registry accepts */
  static async login(endpoint: string, caller: string, directory: string): Promise<Skopeo> {
    const client = new ECRClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: caller, secretAccessKey: 'any' } });
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    client.destroy();
    const credentials = Buffer.from(authorizationData![0].authorizationToken!, 'base64').toString();
    return new Skopeo(new URL(endpoint).host, credentials, directory);
  }

  private constructor(private readonly host: string, private readonly credentials: string, private readonly directory: string) {}

  /** Pushes an OCI layout and everything that it refers to. */
  async push(layout: string, reference: string): Promise<void> {
    await this.copy(['--dest-tls-verify=false', '--dest-creds', this.credentials, `oci:${layout}`, `docker://${this.host}/${reference}`]);
  }

  /** Pulls an image and returns the digests of its manifests, configurations, and layers. */
  async pull(reference: string): Promise<string[]> {
    const layout = mkdtempSync(join(this.directory, 'pulled-'));
    await this.copy([
      '--src-tls-verify=false', '--src-creds', this.credentials, `docker://${this.host}/${reference}`, `oci:${layout}:pulled`,
    ]);
    return digestsIn(layout);
  }

  private async copy(args: string[]): Promise<void> {
    try {
      await run('skopeo', ['copy', '--multi-arch', 'all', '--preserve-digests', ...args]);
    } catch (error) {
      const { code, stderr, message } = error as Error & { code?: string; stderr?: string };
      throw new Error(code === 'ENOENT' ? 'skopeo is not installed: apt-get install skopeo' : stderr || message);
    }
  }
}

/** Returns the digests that are reachable from the index of an OCI layout. @throws if a blob is missing */
export function digestsIn(layout: string): string[] {
  const found = new Set<string>();
  const look = (digest: string, isManifest: boolean) => {
    if (found.has(digest)) return;
    found.add(digest);
    const bytes = readFileSync(join(layout, 'blobs', ...digest.split(':')));
    if (!isManifest) return;
    const { manifests = [], config, layers = [] } = JSON.parse(bytes.toString()) as Record<'manifests' | 'layers', { digest: string }[]>
      & { config?: { digest: string } };
    for (const child of manifests) look(child.digest, true);
    for (const blob of [...config ? [config] : [], ...layers]) look(blob.digest, false);
  };
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
  for (const { digest } of manifests) look(digest, true);
  return [...found].sort();
}
