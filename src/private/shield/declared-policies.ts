import { Annotations } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { IConstruct } from 'constructs';
import { SelectedRepositories, selectsNative } from './selected-repositories';
import { parseLifecyclePolicy } from '../../core/lifecycle/parse';
import { neverActs, Rule } from '../../core/lifecycle/rule';
import { policyGap } from '../../core/shield/policy';
import { allNatives, finalAttributes } from '../repository/native-repository';

/**
 * Checks the lifecycle policies of selected repositories that the app declares, after aspects and escape hatches. Adds a warning at each
 * repository whose policy does not keep the tags of the shield. A policy that is known only at deployment is not checked.
 *
 * @returns problems of policies with a rule that is there to expire these tags
 */
export function declaredPolicyProblems(scope: IConstruct, selected: SelectedRepositories, tagPrefix: string): string[] {
  return allNatives(scope).filter(native => selectsNative(scope, selected, native)).flatMap(native => {
    const text = finalAttributes(native).lifecyclePolicyText;
    if (text !== undefined && typeof text !== 'string') return [];
    const gap = policyGap(text, tagPrefix);
    if (gap === undefined) return [];
    const repository = declaringConstruct(native);
    const expiring = text === undefined ? undefined : expiringRule(text, tagPrefix);
    if (expiring !== undefined) {
      return [
        `'tagPrefix' must not be expired by a lifecycle policy, but the rule with rulePriority ${expiring.rulePriority} of`
        + ` '${repository.node.path}' expires tags that begin with ${tagPrefix}. Remove that rule, or change the tag prefix`,
      ];
    }
    Annotations.of(repository).addWarningV2('cdk-ecr-keeper:shield-policy-does-not-keep',
      `the image shield '${scope.node.path}' selects this repository, but ${gap}`);
    return [];
  });
}

function declaringConstruct(native: ecr.CfnRepository): IConstruct {
  const { scope } = native.node;
  return scope?.node.defaultChild === native ? scope : native;
}

/** Returns the first rule that selects images by the tags of a shield to expire them. */
function expiringRule(policyText: string, tagPrefix: string): Rule | undefined {
  return parseLifecyclePolicy(policyText).rules.find(rule => {
    const { tagPrefixList = [], tagPatternList = [] } = rule.selection;
    const selectsByTags = [...tagPrefixList, ...tagPatternList].some(tags => tags.startsWith(tagPrefix));
    return rule.action.type === 'expire' && !neverActs(rule) && selectsByTags;
  });
}
