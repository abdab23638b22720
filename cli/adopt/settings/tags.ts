import { hasIntrinsics } from '../../../src/core/intrinsics';
import { isJsonObject, JsonObject } from '../../../src/core/json';
import { Finding, findingsAbout } from '../finding';
import type { LiveRepository } from '../live-repository';
import { expression } from '../typescript';

/** Tags that users do not set: reserved tags of AWS, and tags that the handlers of this library set. */
const NOT_THE_USERS = /^(aws|cdk-ecr-keeper):/;

const finding = findingsAbout('tags');

/**
 * CloudFormation's handler sets the tags of the template and of the stack, and removes all other tags.
 *
 * @param stackTags tags of the stack; tags of the template override them
 */
export function compareTags({ Tags: declared }: JsonObject, stackTags: ReadonlyMap<string, string>, { tags }: LiveRepository): Finding[] {
  const targets = new Map<string, unknown>(stackTags);
  for (const { Key: key, Value: value } of (Array.isArray(declared) ? declared : []).filter(isJsonObject)) targets.set(String(key), value);
  return [...tags].filter(([key, value]) => !NOT_THE_USERS.test(key) && targets.get(key) !== value).map(([key, value]) => {
    const statement = `Tags.of(repository).add(${expression(key)}, ${expression(value)});`;
    const remedy = { code: { imports: ['Tags'] as const, statements: [statement] } };
    const target = targets.get(key);
    if (target === undefined) return finding('LOST', `the tag ${key}=${value} would be removed`, remedy);
    return hasIntrinsics(target)
      ? finding('UNKNOWN', `the tag ${key} is ${value}, and its declared value is unknown until deployment`, remedy)
      : finding('OVERWRITTEN', `the tag ${key} would change from ${value} to ${String(target)}`, remedy);
  });
}
