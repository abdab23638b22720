import type { IamContext, IamRequest } from './iam';
import type { Readings } from './readings';

const RESOURCE_TAG = /^(aws|ecr|ecr-public):ResourceTag\//i;
const REQUEST_TAG = /^aws:RequestTag\//i;

/**
 * Removes the condition keys that a request does not have in other readings.
 *
 * @param untagged actions that do not have the tags of the repository, whatever the reading
 */
export function withKeysOf(need: IamRequest, readings: Readings, untagged: ReadonlySet<string> = new Set()): IamRequest {
  const { action, context = {} } = need;
  const isAbsent = (key: string): boolean => {
    if (RESOURCE_TAG.test(key)) return readings.isOther('resource-tag-on-each-action') || untagged.has(action);
    if (REQUEST_TAG.test(key)) return readings.isOther('request-tags');
    return key === 'aws:TagKeys' && action === 'ecr:UntagResource' && readings.isOther('tag-keys-on-untag');
  };
  const kept: IamContext = Object.fromEntries(Object.entries(context).filter(([key]) => !isAbsent(key)));
  return { ...need, context: kept };
}
