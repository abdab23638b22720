import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { CorruptContents } from './download';
import { discard, HttpRequest, HttpResponse, send, textOf } from './http';
import { sendPatiently } from './retry';
import { sendToEcr } from '../shared/aws/send-command';
import type { EcrTask } from '../shared/protocol/job';

/** Milliseconds to wait for the end of an upload. The registry reads all bytes again before it responds. */
const FINISH_TIMEOUT = 300_000;

/** The endpoint rejected a request that the API of ECR may accept. */
export class EndpointRefusal extends Error {}

/**
 * The endpoint of a private registry that Docker pushes to. It accepts the bytes of a layer as they are, whereas the API of ECR requires a
 * signature and base64. Only this endpoint can share layers between repositories. Both require the same permissions on the repository.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
 */
export class DockerEndpoint {
  /** Whether the endpoint has rejected no request yet. After a rejection, all layers are sent with the API of ECR. */
  isUsable = true;
  /** The error of the first request. If it failed, no other layer tries the endpoint. */
  private failure?: Promise<unknown>;
  private access?: Promise<{ readonly url: string; readonly authorization: string }>;

  constructor(private readonly task: EcrTask, private readonly repositoryName: string) {}

  /**
   * Begins the upload of a layer, unless the repository can share the layer with another repository of the registry.
   * https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
   *
   * @returns the URL to send the layer to, or undefined if the layer is shared now
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

  /** Sends all contents. Does not retry after a broken connection, because the bytes have been consumed. */
  async send(session: URL, contents: AsyncIterable<Uint8Array>): Promise<URL> {
    const { authorization } = await this.authorize();
    const headers = { authorization, 'content-type': 'application/octet-stream' };
    const response = await send(this.task, session, { method: 'PATCH', headers, body: contents }).catch((error: Error) => {
      throw new EndpointRefusal(error.message);
    });
    return this.nextLocation(response, session);
  }

  /** Ends the upload. The layer then exists, unless ECR computes another digest. */
  async finish(session: URL, digest: string): Promise<void> {
    const { authorization } = await this.authorize();
    const at = new URL(session);
    at.searchParams.set('digest', digest);
    const headers = { authorization, 'content-length': '0' };
    const response = await this.request(at, { method: 'PUT', headers, standstill: FINISH_TIMEOUT });
    const text = await textOf(response, 2_000).catch(() => '');
    if (text.includes('DIGEST_INVALID')) throw new CorruptContents('ECR computed another digest from the bytes that it received');
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
    if (next.origin !== at.origin) throw new EndpointRefusal(`it redirects to ${next.host}`); // that host must not receive the token
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
