import { backoff } from './backoff';
import type { Clock, CustomResourceRequest } from './job';

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

/** Uploads the response that CloudFormation waits for. Without it, the stack waits until ServiceTimeout, so the upload is retried. */
export async function respond(request: CustomResourceRequest, answer: Answer, clock: Clock): Promise<void> {
  const body = responseBody(request, answer);
  for (let attempt = 1; ; attempt++) {
    try {
      return await put(request.ResponseURL, body);
    } catch (error) {
      // the error of `fetch` says only that it failed
      const { message } = (error as Error).cause as Error | undefined ?? error as Error;
      if (attempt === ATTEMPTS) throw new Error(`the response to CloudFormation could not be uploaded: ${message}`);
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
async function put(url: string, body: string): Promise<void> {
  const { ok, status } = await fetch(url, {
    method: 'PUT', body, headers: { 'content-type': '' }, signal: AbortSignal.timeout(ATTEMPT_TIMEOUT),
  });
  if (!ok) throw new Error(`HTTP status ${status}`);
}
