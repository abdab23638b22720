import { AwsError } from '../aws-error';
import { requiredText } from '../constraints';
import type { EcrRequest, Operation } from '../operation';
import { asStored, mapPrincipals, parseRegistryPolicy, policyTextOf, principalsOf } from '../repository-policy';

export const putRegistryPolicy = onRegistry('PutRegistryPolicy', request => {
  const { input, registry, policyPrincipals: principals, readings } = request;
  const policy = parseRegistryPolicy(requiredText('policyText', input.policyText), readings, registry.arnOf(''));
  principals.require(principalsOf(policy), request.now());
  registry.policy = mapPrincipals(asStored(policy, readings), principal => principals.bind(principal));
  return render(request);
});

export const getRegistryPolicy = onRegistry('GetRegistryPolicy', render);

export const deleteRegistryPolicy = onRegistry('DeleteRegistryPolicy', request => {
  const deleted = render(request);
  request.registry.policy = undefined;
  return deleted;
});

/** The registry has no ARN, and these actions have no resource (service authorization reference). */
function onRegistry(action: string, run: (request: EcrRequest) => object): Operation {
  return { needs: () => [{ action: `ecr:${action}`, resource: '*' }], run };
}

function render({ registry, policyPrincipals, policyOrder, readings }: EcrRequest): object {
  if (!registry.policy) {
    throw new AwsError('RegistryPolicyNotFoundException', `Registry policy does not exist in the registry with id '${registry.account}'`);
  }
  return {
    registryId: registry.account,
    policyText: policyTextOf(mapPrincipals(registry.policy, kept => policyPrincipals.show(kept)), policyOrder, readings),
  };
}
