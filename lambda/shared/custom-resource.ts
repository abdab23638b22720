import { explain } from './errors';
import type { CustomResourceRequest, Job, Surroundings } from './job';
import { newPhysicalId } from './physical-id';
import { Answer, respond } from './response';

/** Time kept back for the answer. */
const RESERVE = 15_000;

/** Says that Create never came to anything, so that the Delete that follows has nothing to take back. */
const NOT_CREATED = 'cdk-ecr-keeper:not-created';

export interface Verbs<P> {
  decode(raw: Readonly<Record<string, unknown>>): P;
  /** How a message names what the request is about. */
  subject(properties: P): string;
  /** @returns the logical id of this stack whose place the resource took, if any */
  create(job: Job<P>): Promise<string | undefined>;
  update(job: Job<P>, old: P | undefined): Promise<void>;
  delete(job: Job<P>): Promise<void>;
}

export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export type CustomResourceHandler = (request: CustomResourceRequest, context: LambdaContext) => Promise<void>;

/**
 * Speaks CloudFormation's custom resource protocol: one answer to every request, before time is up.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
 */
export function customResource<P>(verbs: Verbs<P>, surroundings: Surroundings): CustomResourceHandler {
  return async (request, context) => {
    // ResponseURL is a credential: it is neither logged here nor anywhere else.
    surroundings.log(`${request.RequestType} ${request.LogicalResourceId} of ${request.StackId}, request ${request.RequestId}`);
    const answer = await answerInTime(verbs, surroundings, request, context);
    surroundings.log(answer.reason === undefined ? answer.status : `${answer.status}: ${answer.reason}`);
    await respond(request, answer, surroundings.clock);
  };
}

function physicalId(request: CustomResourceRequest, predecessor?: string): string {
  return request.PhysicalResourceId ?? newPhysicalId(request, predecessor);
}

async function answerInTime<P>(
  verbs: Verbs<P>, surroundings: Surroundings, request: CustomResourceRequest, context: LambdaContext,
): Promise<Answer> {
  if (request.RequestType === 'Delete' && request.PhysicalResourceId === NOT_CREATED) {
    return { status: 'SUCCESS', physicalResourceId: NOT_CREATED, reason: 'nothing had been created' };
  }
  const properties = decodeOrError(verbs, request.ResourceProperties);
  if (properties instanceof Error) {
    const physicalResourceId = request.RequestType === 'Create' ? NOT_CREATED : physicalId(request);
    return { status: 'FAILED', physicalResourceId, reason: explain(properties, request.LogicalResourceId) };
  }
  const subject = verbs.subject(properties);
  const ending = new AbortController();
  let state = 'starting';
  const job: Job<P> = { ...surroundings, request, properties, signal: ending.signal, progress: now => { state = now; } };
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<Answer>(resolve => {
    timer = setTimeout(() => {
      resolve({
        status: 'FAILED',
        physicalResourceId: physicalId(request),
        reason: `${subject}: time ran out while ${state} — try again, it goes on from there`,
      });
      ending.abort();
    }, Math.max(0, context.getRemainingTimeInMillis() - RESERVE));
  });
  try {
    return await Promise.race([work(verbs, job, subject), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

function decodeOrError<P>(verbs: Verbs<P>, raw: Readonly<Record<string, unknown>>): P | Error {
  try {
    return verbs.decode(raw);
  } catch (error) {
    return error as Error;
  }
}

async function work<P>(verbs: Verbs<P>, job: Job<P>, subject: string): Promise<Answer> {
  const { request } = job;
  let predecessor: string | undefined;
  try {
    if (request.RequestType === 'Create') {
      predecessor = await verbs.create(job);
    } else if (request.RequestType === 'Delete') {
      await verbs.delete(job);
    } else {
      const old = decodeOrError(verbs, request.OldResourceProperties ?? {});
      await verbs.update(job, old instanceof Error ? undefined : old);
    }
    return { status: 'SUCCESS', physicalResourceId: physicalId(request, predecessor) };
  } catch (error) {
    return { status: 'FAILED', physicalResourceId: physicalId(request, predecessor), reason: explain(error, subject) };
  }
}
