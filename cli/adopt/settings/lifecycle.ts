import { isJsonObject, JsonObject } from '../../../src/core/json';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { parseLifecyclePolicy } from '../../../src/core/lifecycle/parse';
import { Finding, findingsAbout } from '../finding';
import type { LiveRepository } from '../live-repository';
import { expression } from '../typescript';

const finding = findingsAbout('lifecycle-policy');

/** CloudFormation's handler writes the lifecycle policy of the template. If the template has no policy, it removes the live policy. */
export function compareLifecycle({ LifecyclePolicy: declared }: JsonObject, live: LiveRepository): Finding[] {
  const { lifecyclePolicyText: text, repositoryName, region } = live;
  const target = isJsonObject(declared) ? declared.LifecyclePolicyText ?? declared : undefined;
  const command = `npx cdk-ecr-keeper simulate --repository ${repositoryName} --region ${region} --policy <file>`;
  if (text === undefined) {
    return target === undefined ? []
      : [finding('NOTE', 'the repository would get its first lifecycle policy. Before the import, check what it expires', { command })];
  }
  if (typeof target === 'string' && sameLifecycle(target, text)) return [];
  const { problems } = parseLifecyclePolicy(text);
  const code = { imports: ['LifecyclePolicy'] as const, properties: [`lifecycle: LifecyclePolicy.fromJson(${expression(text)})`] };
  const remedy = problems.length > 0 ? {} : { code };
  const difference = target === undefined ? finding('LOST', 'the lifecycle policy would be removed', remedy)
    : typeof target === 'string'
      ? finding('OVERWRITTEN', 'a different lifecycle policy would replace it. Before the import, check what it'
        + ' expires', { ...remedy, command })
      : finding('UNKNOWN', 'the declared lifecycle policy is unknown until deployment', remedy);
  return [difference, ...problems.map(problem => finding('NOTE', `the live policy cannot be declared unchanged: ${problem}`))];
}
