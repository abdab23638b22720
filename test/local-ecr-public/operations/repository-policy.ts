import { requiredText } from '../../local-ecr/constraints';
import {
  deleteRepositoryPolicy as privateDelete, getRepositoryPolicy as privateGet,
} from '../../local-ecr/operations/repository-policy';
import { locksOut } from '../../local-ecr/policy-lock-out';
import { asStored, invalidPolicy, mapPrincipals, principalsOf } from '../../local-ecr/repository-policy';
import { onPublicRepository } from '../operation';
import { onPublicActions, parsePublicPolicy } from '../repository-policy';

export const setRepositoryPolicy = onPublicRepository('SetRepositoryPolicy', (repository, request) => {
  const { input, policyPrincipals: principals, readings } = request;
  const policy = parsePublicPolicy(requiredText('policyText', input.policyText), readings);
  principals.require(principalsOf(policy), request.now());
  const judged = mapPrincipals(onPublicActions(policy), principal => principals.show(principal));
  if (input.force !== true && locksOut(judged, request.caller, readings)) throw invalidPolicy();
  repository.policy = mapPrincipals(asStored(policy, readings), principal => principals.bind(principal));
  return privateGet.run(request);
});

export const getRepositoryPolicy = onPublicRepository('GetRepositoryPolicy', (_repository, request) => privateGet.run(request));

export const deleteRepositoryPolicy = onPublicRepository('DeleteRepositoryPolicy', (_repository, request) => privateDelete.run(request));
