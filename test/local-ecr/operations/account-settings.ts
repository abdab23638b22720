/** Account settings of a registry, only BLOB_MOUNTING. They have no resource in IAM. */
import { AwsError } from '../aws-error';
import { oneOf, required, requiredText } from '../constraints';
import type { EcrRequest, Operation } from '../operation';

const OTHERS = ['BASIC_SCAN_TYPE_VERSION', 'REGISTRY_POLICY_SCOPE'];

export const getAccountSetting = onSetting('GetAccountSetting', ({ registry }) => ({
  name: 'BLOB_MOUNTING', value: registry.blobMounting,
}));

export const putAccountSetting = onSetting('PutAccountSetting', ({ registry, input }) => {
  const value = requiredText('value', input.value);
  registry.blobMounting = required('value', oneOf<'ENABLED' | 'DISABLED'>('value', value, ['ENABLED', 'DISABLED']));
  return { name: 'BLOB_MOUNTING', value };
});

function onSetting(action: string, run: (request: EcrRequest) => object): Operation {
  return {
    needs: () => [{ action: `ecr:${action}`, resource: '*' }],
    run: request => {
      const name = requiredText('name', request.input.name, { min: 1, max: 64 });
      if (OTHERS.includes(name)) throw new Error(`the account setting ${name} is not known here`);
      if (name !== 'BLOB_MOUNTING') throw new AwsError('ValidationException', `Invalid account setting name: ${name}`);
      return run(request);
    },
  };
}
