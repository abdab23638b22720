import { AwsError } from '../aws-error';
import { epochSeconds } from '../epoch-seconds';
import { parseLifecyclePolicy } from '../lifecycle-policy';
import { onRepository } from '../operation';
import type { AttachedLifecyclePolicy, Repository } from '../repository';

export const putLifecyclePolicy = onRepository('PutLifecyclePolicy', (repository, { input, lifecycleTextAsStored, readings }) => {
  parseLifecyclePolicy(input.lifecyclePolicyText, readings);
  const text = lifecycleTextAsStored(input.lifecyclePolicyText as string);
  repository.lifecyclePolicy = { text, lastEvaluatedAt: 0 };
  return { ...names(repository), lifecyclePolicyText: text };
});

export const getLifecyclePolicy = onRepository('GetLifecyclePolicy', render);

export const deleteLifecyclePolicy = onRepository('DeleteLifecyclePolicy', repository => {
  const deleted = render(repository);
  repository.lifecyclePolicy = undefined;
  return deleted;
});

export function requireLifecyclePolicy({ settings, lifecyclePolicy }: Repository): AttachedLifecyclePolicy {
  if (lifecyclePolicy) return lifecyclePolicy;
  throw new AwsError('LifecyclePolicyNotFoundException',
    `Lifecycle policy does not exist for the repository with name '${settings.name}' in the registry with id '${settings.account}'`);
}

function render(repository: Repository): object {
  const { text, lastEvaluatedAt } = requireLifecyclePolicy(repository);
  return { ...names(repository), lifecyclePolicyText: text, lastEvaluatedAt: epochSeconds(lastEvaluatedAt) };
}

function names({ settings }: Repository): object {
  return { registryId: settings.account, repositoryName: settings.name };
}
