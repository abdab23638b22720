import { AwsError } from '../aws-error';
import { requiredText } from '../constraints';
import { EcrRequest, onRepository } from '../operation';
import { locksOut } from '../policy-lock-out';
import type { Repository } from '../repository';
import { asStored, invalidPolicy, mapPrincipals, parseRepositoryPolicy, policyTextOf, principalsOf } from '../repository-policy';

export const setRepositoryPolicy = onRepository('SetRepositoryPolicy', (repository, request) => {
  const { input, policyPrincipals: principals, readings } = request;
  const policy = parseRepositoryPolicy(requiredText('policyText', input.policyText), readings);
  principals.require(principalsOf(policy), request.now());
  if (input.force !== true && locksOut(mapPrincipals(policy, principal => principals.show(principal)), request.caller, readings)) {
    throw readings.isOther('lock-out-message') ? invalidPolicy('The policy would prevent you from setting another one') : invalidPolicy();
  }
  repository.policy = mapPrincipals(asStored(policy, readings), principal => principals.bind(principal));
  return answer(repository, request);
});

export const getRepositoryPolicy = onRepository('GetRepositoryPolicy', answer);

export const deleteRepositoryPolicy = onRepository('DeleteRepositoryPolicy', (repository, request) => {
  const deleted = answer(repository, request);
  repository.policy = undefined;
  return deleted;
});

function answer({ settings, policy }: Repository, { policyPrincipals, policyOrder, readings }: EcrRequest): object {
  if (!policy) {
    throw new AwsError('RepositoryPolicyNotFoundException',
      `Repository policy does not exist for the repository with name '${settings.name}' in the registry with id '${settings.account}'`);
  }
  return {
    registryId: settings.account,
    repositoryName: settings.name,
    policyText: policyTextOf(mapPrincipals(policy, kept => policyPrincipals.show(kept)), policyOrder, readings),
  };
}
