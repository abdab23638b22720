import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { CorruptContents } from './download';
import { discard, HttpRequest, HttpResponse, send, textOf } from './http';
import { sendPatiently } from './retry';
import { sendToEcr } from '../shared/aws/send-command';
import type { EcrTask } from '../shared/protocol/job';

/** Milliseconds to wait for the end of an upload: the registry reads all bytes once more before it responds. */
const FINISH_TIMEOUT = 300_000;

/** The endpoint refused something that the API of ECR may accept. */
export class EndpointRefusal extends Error {}

/**
 * The endpoint of a private registry that Docker pushes to. It takes the bytes of a layer as they are, where the API of ECR wants them
 * signed and in base64, and it alone can share layers between repositories. The rights on the repository are the same.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
 */
export class DockerEndpoint {
  /** False once it refused something: everything else is sent to the API of ECR. */
  isUsable = true;
  /** Why the first request failed, which no layer tries again. */
  private failure?: Promise<unknown>;
  private access?: Promise<{ readonly url: string; readonly authorization: string }>;

  constructor(private readonly task: EcrTask, private readonly repositoryName: string) {}

  /**
   * Begins the upload of a layer, unless the repository can share it with another one of the registry.
   * https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
   *
   * @returns where to send it, or undefined when the layer is shared now
   */
  async begin(mount?: { readonly digest: string; readonly from: string }): Promise<URL | undefined> {
    const { url, authorization } = await this.authorize();
    const failure = this.failure && await this.failure;
    if (failure) throw failure;
    const query = mount ? `?${new URLSearchParams({ mount: mount.digest, from: mount.from }).toString()}` : '';
    const at = new URL(`${url}/v2/${this.repositoryName}/blobs/uploads/${query}`);
    const answer = this.request(at, { method: 'POST', headers: { authorization, 'content-length': '0' } });
    this.failure ??= answer.then(() => undefined, (error: unknown) => error);
    const response = await answer;
    if (response.status !== 201 || !mount) return this.nextLocation(response, at);
    discard(response);
    return undefined;
  }

  /** Sends all contents. A broken connection is not repeated, since the bytes were consumed. */
  async send(session: URL, contents: AsyncIterable<Uint8Array>): Promise<URL> {
    const { authorization } = await this.authorize();
    const headers = { authorization, 'content-type': 'application/octet-stream' };
    const response = await send(session, { method: 'PATCH', headers, body: contents }, this.task.signal).catch((error: Error) => {
      throw new EndpointRefusal(error.message);
    });
    return this.nextLocation(response, session);
  }

  /** Ends the upload: the layer exists afterwards, unless ECR computes another digest. */
  async finish(session: URL, digest: string): Promise<void> {
    const { authorization } = await this.authorize();
    const at = new URL(session);
    at.searchParams.set('digest', digest);
    const headers = { authorization, 'content-length': '0' };
    const response = await this.request(at, { method: 'PUT', headers, standstill: FINISH_TIMEOUT });
    const text = await textOf(response, 2_000).catch(() => '');
    if (text.includes('DIGEST_INVALID')) throw new CorruptContents('ECR computes another digest over what it received');
    if (response.status !== 201) throw new EndpointRefusal(`HTTP status ${response.status}`);
  }

  private async request(at: URL, request: HttpRequest): Promise<HttpResponse> {
    try {
      return await sendPatiently(this.task, at, request);
    } catch (error) {
      if (this.task.signal.aborted) throw error;
      throw new EndpointRefusal((error as Error).message);
    }
  }

  private nextLocation(response: HttpResponse, at: URL): URL {
    discard(response);
    const { location } = response.headers;
    if (response.status !== 202 || location === undefined) throw new EndpointRefusal(`HTTP status ${response.status}`);
    const next = new URL(location, at);
    if (next.origin !== at.origin) throw new EndpointRefusal(`it sends its clients to ${next.host}`); // which must not see the token
    return next;
  }

  private authorize(): Promise<{ url: string; authorization: string }> {
    return this.access ??= this.readToken();
  }

  private async readToken(): Promise<{ url: string; authorization: string }> {
    const { task } = this;
    const answer = await sendToEcr(task, GetAuthorizationTokenCommand, {});
    const [{ proxyEndpoint: url = '', authorizationToken = '' } = {}] = answer?.authorizationData ?? [];
    return { url, authorization: `Basic ${authorizationToken}` };
  }
}
