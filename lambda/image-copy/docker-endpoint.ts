import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { Corrupted } from './download';
import { discard, Received, send, Sent, textOf } from './http';
import { sendPatiently } from './retry';
import { untilAllowed } from '../shared/aws/until-allowed';
import type { EcrTask } from '../shared/protocol/job';

/** The registry looks at all bytes once more before it answers. */
const FINISHING = 300_000;

/** The endpoint did not take something; the API of ECR may. */
export class NotTaken extends Error {}

/**
 * The endpoint of a private registry that Docker pushes to. It takes the bytes of a layer as they are, where the API of ECR wants them signed and in
 * base64, and it alone can share layers between repositories. The rights on the repository are the same.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
 */
export class DockerEndpoint {
  /** Once it did not take something, the rest goes another way. */
  isTaking = true;
  private access?: Promise<{ readonly url: string; readonly authorization: string }>;

  constructor(private readonly task: EcrTask, private readonly repositoryName: string) {}

  /**
   * Begins the upload of a layer, unless the repository can share it with another one of the registry.
   * https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
   *
   * @returns where to send it, or nothing when it is there now
   */
  async begin(mount?: { readonly digest: string; readonly from: string }): Promise<URL | undefined> {
    const { url, authorization } = await this.authorize();
    const query = mount ? `?${new URLSearchParams({ mount: mount.digest, from: mount.from }).toString()}` : '';
    const at = new URL(`${url}/v2/${this.repositoryName}/blobs/uploads/${query}`);
    const answer = await this.patiently(at, { method: 'POST', headers: { authorization, 'content-length': '0' } });
    if (answer.status !== 201 || !mount) return this.next(answer, at);
    discard(answer);
    return undefined;
  }

  /** Sends all of it. What breaks on the way is not repeated, since its bytes are gone. */
  async send(session: URL, contents: AsyncIterable<Uint8Array>): Promise<URL> {
    const { authorization } = await this.authorize();
    const headers = { authorization, 'content-type': 'application/octet-stream' };
    try {
      return this.next(await send(session, { method: 'PATCH', headers, body: contents }, this.task.signal), session);
    } catch (error) {
      throw error instanceof NotTaken ? error : new NotTaken((error as Error).message);
    }
  }

  /** From now on the layer is there, unless ECR computes another digest. */
  async finish(session: URL, digest: string): Promise<void> {
    const { authorization } = await this.authorize();
    const at = new URL(session);
    at.searchParams.set('digest', digest);
    const answer = await this.patiently(at, { method: 'PUT', headers: { authorization, 'content-length': '0' }, standstill: FINISHING });
    const said = await textOf(answer, 2_000).catch(() => '');
    if (said.includes('DIGEST_INVALID')) throw new Corrupted('ECR computes another digest over what it received');
    if (answer.status !== 201) throw new NotTaken(`HTTP status ${answer.status}`);
  }

  private async patiently(at: URL, sent: Sent): Promise<Received> {
    try {
      return await sendPatiently(this.task, at, sent);
    } catch (error) {
      if (this.task.signal.aborted) throw error;
      throw new NotTaken((error as Error).message);
    }
  }

  private next(answer: Received, at: URL): URL {
    discard(answer);
    const { location } = answer.headers;
    if (answer.status !== 202 || location === undefined) throw new NotTaken(`HTTP status ${answer.status}`);
    const next = new URL(location, at);
    if (next.origin !== at.origin) throw new NotTaken(`it sends its clients to ${next.host}`); // which must not see the token
    return next;
  }

  private authorize(): Promise<{ url: string; authorization: string }> {
    return this.access ??= this.readToken();
  }

  private async readToken(): Promise<{ url: string; authorization: string }> {
    const { task } = this;
    const answer = await untilAllowed(task, () => task.ecr.send(new GetAuthorizationTokenCommand({}), { abortSignal: task.signal }));
    const [{ proxyEndpoint: url = '', authorizationToken = '' } = {}] = answer?.authorizationData ?? [];
    return { url, authorization: `Basic ${authorizationToken}` };
  }
}
