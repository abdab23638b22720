import { explain, UserError } from './errors';
import type { CustomResourceRequest, Job, Surroundings } from './job';
import { newPhysicalId, NOT_CREATED } from './physical-id';
import { Answer, Attributes, respond } from './response';
import { isRollingBack, readStack } from './stack';
import { PATIENCE } from '../aws/send-command';

/** Time reserved for the response. */
const RESERVE = 15_000;

export interface Verbs<P> {
  decode(raw: Readonly<Record<string, unknown>>): P;
  /** Name of the subject of the request in messages. */
  subject(properties: P): string;
  create(job: Job<P>): Promise<Attributes | undefined | void>;
  update(job: Job<P>, old: P | undefined): Promise<Attributes | undefined | void>;
  delete(job: Job<P>): Promise<void>;
  /** The command that does a Delete without the time limit of a function, for a Delete that timed out. */
  manualCommand?(properties: P): string | undefined;
}

export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export type CustomResourceHandler = (request: CustomResourceRequest, context: LambdaContext) => Promise<void>;

/**
 * Implements CloudFormation's custom resource protocol: one response to every request, before the function times out.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
 */
export function customResource<P>(verbs: Verbs<P>, surroundings: Surroundings): CustomResourceHandler {
  return async (request, context) => {
    // ResponseURL is a credential: it is neither logged here nor anywhere else.
    surroundings.log(`${request.RequestType} ${request.LogicalResourceId} of ${request.StackId}, request ${request.RequestId}`);
    const answer = await answerInTime(verbs, surroundings, request, context);
    surroundings.log(answer.reason === undefined ? answer.status : `${answer.status}: ${answer.reason}`);
    await respond(request, answer, surroundings);
  };
}

async function answerInTime<P>(
  verbs: Verbs<P>, surroundings: Surroundings, request: CustomResourceRequest, context: LambdaContext,
): Promise<Answer> {
  if (request.RequestType === 'Delete' && request.PhysicalResourceId === NOT_CREATED) {
    return { status: 'SUCCESS', physicalResourceId: NOT_CREATED, reason: 'nothing was created' };
  }
  const properties = decodeOrError(verbs, request.ResourceProperties);
  if (properties instanceof Error) {
    return {
      status: 'FAILED',
      physicalResourceId: request.PhysicalResourceId ?? NOT_CREATED,
      reason: explain(properties, request.LogicalResourceId),
    };
  }
  const subject = verbs.subject(properties);
  const timeLeft = context.getRemainingTimeInMillis() - RESERVE;
  const deadline = new AbortController();
  let state = 'starting';
  let creation: { readonly memo?: string } | undefined;
  let newMemo: string | undefined;
  const job: Job<P> = {
    ...surroundings,
    request,
    properties,
    signal: deadline.signal,
    patience: PATIENCE,
    deadline: surroundings.clock.now() + timeLeft - RESERVE,
    progress: now => { state = now; },
    begin: memo => { creation ??= { memo }; },
    remember: memo => { newMemo = memo; },
  };
  const physicalId = (succeeded: boolean) => {
    if (succeeded && newMemo !== undefined) return newPhysicalId(request, newMemo);
    return request.PhysicalResourceId ?? (succeeded || creation ? newPhysicalId(request, creation?.memo) : NOT_CREATED);
  };
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<Answer>(resolve => {
    timer = setTimeout(() => {
      resolve({
        status: 'FAILED',
        physicalResourceId: physicalId(false),
        reason: `${subject}: time ran out while ${state}. Try again: it continues from there.${commandHint(verbs, request, properties)}`,
      });
      deadline.abort();
    }, Math.max(0, timeLeft));
  });
  try {
    return await Promise.race([performRequest(verbs, job, subject, physicalId), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

function commandHint<P>(verbs: Verbs<P>, { RequestType }: CustomResourceRequest, properties: P): string {
  const command = RequestType === 'Delete' ? verbs.manualCommand?.(properties) : undefined;
  return command === undefined ? ''
    : ` Or do it in a terminal, with progress: run this command, first with --dry-run and then without it, and try again:\n${command}`;
}

function decodeOrError<P>(verbs: Verbs<P>, raw: Readonly<Record<string, unknown>>): P | Error {
  try {
    return verbs.decode(raw);
  } catch (error) {
    return error as Error;
  }
}

async function performRequest<P>(
  verbs: Verbs<P>, job: Job<P>, subject: string, physicalId: (succeeded: boolean) => string,
): Promise<Answer> {
  const { request } = job;
  try {
    let attributes: Attributes | undefined | void = undefined;
    if (request.RequestType === 'Create') {
      attributes = await verbs.create(job);
      await undoIfCancelled(verbs, { ...job, request: { ...request, PhysicalResourceId: physicalId(true) } }, subject);
    } else if (request.RequestType === 'Delete') {
      await verbs.delete(job);
    } else {
      const old = decodeOrError(verbs, request.OldResourceProperties ?? {});
      attributes = await verbs.update(job, old instanceof Error ? undefined : old);
    }
    return { status: 'SUCCESS', physicalResourceId: physicalId(true), ...attributes ? { attributes } : {} };
  } catch (error) {
    return { status: 'FAILED', physicalResourceId: physicalId(false), reason: explain(error, subject) };
  }
}

/**
 * When another resource of the stack fails, CloudFormation cancels a running Create and may send its Delete before it has ended
 * (cloudformation-coverage-roadmap issue 1730). Nobody would then undo what such a Create did.
 */
async function undoIfCancelled<P>(verbs: Verbs<P>, job: Job<P>, subject: string): Promise<void> {
  const status = await readStack(job).then(stack => stack.status, () => 'unknown');
  if (!isRollingBack(status) && !status.startsWith('DELETE_')) return;
  await verbs.delete(job);
  throw new UserError(`${subject}: the creation was canceled while it ran (the stack status is ${status}), so it was undone.`
    + ' Check which resource failed first.');
}
