import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { Copier, Errand, Ride } from './copier';
import { PeakMemory } from '../background/peak-memory';

/** Runs `skopeo copy` with a separate cache for each repository. */
export class Skopeo implements Copier {
  readonly name = 'skopeo';

  constructor(private readonly folder: string, private readonly timeoutMs: number) {}

  async copy({ source, endpoint, repositoryName }: Errand): Promise<Ride> {
    const credentials = await passwordOf(endpoint);
    const args = [
      'copy', '--quiet', '--insecure-policy', '--all', '--src-tls-verify=false', '--dest-tls-verify=false', `--dest-creds=${credentials}`,
      `docker://${source.host}/${source.repositoryName}:${source.tag}`,
      `docker://${new URL(endpoint).host}/${repositoryName}:${source.tag}`,
    ];
    const start = performance.now();
    const child = spawn('skopeo', args, {
      env: this.environment(repositoryName), stdio: ['ignore', 'ignore', 'pipe'], timeout: this.timeoutMs, killSignal: 'SIGKILL',
    });
    const peak = new PeakMemory(child.pid ?? 0);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
    try {
      const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
      const seconds = (performance.now() - start) / 1000;
      return { seconds, peakMB: peak.stop(), ...code === 0 ? {} : { failure: `ended with ${code ?? 'a signal'}: ${said}` } };
    } finally {
      peak.stop();
    }
  }

  async stop(): Promise<void> {
    // All its processes have already ended.
  }

  /**
   * Sets the location of the cache of layer locations, which skopeo uses across runs. For root, the cache is below /var unless another user
   * is set. https://github.com/containers/image/blob/main/pkg/blobinfocache/default.go
   */
  private environment(repositoryName: string): Record<string, string | undefined> {
    return {
      PATH: process.env.PATH,
      HOME: this.folder,
      TMPDIR: this.folder,
      XDG_DATA_HOME: join(this.folder, `skopeo-${repositoryName}`),
      _CONTAINERS_ROOTLESS_UID: '1',
    };
  }
}

/** Returns `AWS:password` as in `aws ecr get-login-password`. Not part of the measured time. */
async function passwordOf(endpoint: string): Promise<string> {
  const client = new ECRClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'BENCH', secretAccessKey: 'local' } });
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    return Buffer.from(authorizationData![0].authorizationToken!, 'base64').toString('utf8');
  } finally {
    client.destroy();
  }
}
