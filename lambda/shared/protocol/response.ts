import * as http from 'node:http';
import * as https from 'node:https';
import { backoff } from './backoff';
import type { Agents, CustomResourceRequest, Surroundings } from './job';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const MAX_BODY = 4_096;
const ATTEMPTS = 6;
const ATTEMPT_TIMEOUT = 10_000;

export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly physicalResourceId: string;
  readonly reason?: string;
  /** The attributes that Fn::GetAtt returns. */
  readonly attributes?: Attributes;
}

export type Attributes = Readonly<Record<string, string>>;

/**
 * Uploads the response that CloudFormation waits for. Without it, the stack waits until ServiceTimeout, so the upload is retried. Every
 * second attempt ignores the agents: if a proxy does not work, the response is the only place where the user learns why.
 */
export async function respond(
  request: CustomResourceRequest, answer: Answer, { clock, agents }: Pick<Surroundings, 'clock' | 'agents'>,
): Promise<void> {
  const body = responseBody(request, answer);
  for (let attempt = 1; ; attempt++) {
    try {
      return await put(new URL(request.ResponseURL), body, attempt % 2 === 0 ? undefined : agents);
    } catch (error) {
      if (attempt === ATTEMPTS) throw new Error(`the response to CloudFormation could not be uploaded: ${(error as Error).message}`);
      await clock.sleep(backoff(attempt));
    }
  }
}

/** Returns the response body, with a reason that is cut to keep the body within the limit. */
export function responseBody(request: CustomResourceRequest, answer: Answer): string {
  const render = (reason: string) => JSON.stringify({
    Status: answer.status,
    Reason: reason,
    PhysicalResourceId: answer.physicalResourceId,
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
    ...answer.attributes ? { Data: answer.attributes } : {},
  });
  let reason = answer.reason ?? 'OK';
  while (reason !== '…' && Buffer.byteLength(render(reason)) >= MAX_BODY) {
    reason = `${reason.slice(0, Math.floor(reason.length * 0.9) - 1)}…`;
  }
  return render(reason);
}

/** The URL is signed for an empty content type. */
function put(url: URL, body: string, agents?: Agents): Promise<void> {
  const { request: open } = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const request = open(url, {
      method: 'PUT',
      headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) },
      agent: agents?.[url.protocol as keyof Agents],
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT),
    }, ({ statusCode = 0 }) => {
      if (statusCode >= 200 && statusCode < 300) resolve();
      else reject(new Error(`HTTP status ${statusCode}`));
      request.destroy();
    });
    request.on('error', reject);
    request.end(body);
  });
}
