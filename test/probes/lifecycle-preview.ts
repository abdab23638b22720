import {
  GetLifecyclePolicyPreviewCommand, PutLifecyclePolicyCommand, StartLifecyclePolicyPreviewCommand,
} from '@aws-sdk/client-ecr';
import type { GetLifecyclePolicyPreviewResponse } from '@aws-sdk/client-ecr';
import { answerOf, ProbeWorld } from './probe';

/** A preview of a few images takes some seconds. */
const POLLS = 30;
const POLL = 2_000;

type Selection = Readonly<Record<string, unknown>>;

/** Returns a policy whose rules expire images beyond a count. */
export function policyOf(selections: readonly Selection[], more: object = {}): string {
  const rules = selections.map((selection, index) => ({
    rulePriority: index + 1,
    description: 'expires images beyond a number',
    selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1, ...selection },
    action: { type: 'expire' },
    ...more,
  }));
  return JSON.stringify({ rules });
}

/** Whether a new repository accepts a policy. */
export async function acceptance(world: ProbeWorld, selections: readonly Selection[], more: object = {}): Promise<string> {
  const repositoryName = await world.repository();
  return answerOf(world.clients.ecr.send(new PutLifecyclePolicyCommand({
    repositoryName, lifecyclePolicyText: policyOf(selections, more),
  })));
}

/** Runs the preview of a policy. Deletes nothing. */
export async function preview(
  world: ProbeWorld, repositoryName: string, selection: Selection, maxResults?: number,
): Promise<GetLifecyclePolicyPreviewResponse> {
  const { ecr } = world.clients;
  await ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText: policyOf([selection]) }));
  for (let polls = 0; polls < POLLS; polls++) {
    await world.wait(POLL);
    const response = await ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName, maxResults }));
    if (response.status === 'COMPLETE') return response;
    if (response.status !== 'IN_PROGRESS') throw new Error(`the preview is ${response.status}`);
  }
  throw new Error('the preview did not end');
}
