import type { IamContext, IamRequest } from '../local-ecr/iam';
import type { Readings } from '../local-ecr/readings';

const [RESOURCE_TAG, REQUEST_TAG] = ['aws:ResourceTag/', 'aws:RequestTag/'];

/**
 * Returns the request with the condition keys that it has in other readings.
 *
 * @param isCreation whether the repository does not exist yet
 */
export function withPublicKeysOf(need: IamRequest, readings: Readings, isCreation: boolean): IamRequest {
  const entries = Object.entries(need.context ?? {});
  const isKnown = (key: string) => !key.includes(':ResourceTag/') || !readings.isOther('public-resource-tag-on-each-action');
  const known = entries.filter(([key]) => isKnown(key));
  const requested = isCreation && readings.isOther('public-resource-tag-on-create')
    ? entries.filter(([key]) => key.startsWith(REQUEST_TAG)).map(([key, value]) => [key.replace(REQUEST_TAG, RESOURCE_TAG), value] as const)
    : [];
  const context: IamContext = Object.fromEntries([...known, ...requested]);
  return { ...need, context };
}
