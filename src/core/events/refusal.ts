import { REFUSED_BY_GUARD } from './refusal-text';
import { LIFECYCLE_GUARD_RESOURCE_TYPE } from '../wire/lifecycle-guard';
import { LIFECYCLE_POLICY_RESOURCE_TYPE } from '../wire/lifecycle-policy';
import { PREFIX_LIFECYCLE_RESOURCE_TYPE } from '../wire/prefix-lifecycle';
import { PREFIX_TEARDOWN_RESOURCE_TYPE } from '../wire/prefix-teardown';
import { PUBLIC_REPOSITORY_RESOURCE_TYPE } from '../wire/public-repository';
import { TEARDOWN_RESOURCE_TYPE } from '../wire/teardown';

/**
 * Event that CloudFormation itself sends when a custom resource fails, with the reason of the response.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
 */
export const RESOURCE_STATUS_CHANGE = { source: 'aws.cloudformation', detailType: 'CloudFormation Resource Status Change' } as const;

/** Resource types whose handlers refuse: teardowns, and lifecycle policies with guards. */
export const REFUSING_RESOURCE_TYPES: readonly string[] = [
  TEARDOWN_RESOURCE_TYPE, PREFIX_TEARDOWN_RESOURCE_TYPE, PUBLIC_REPOSITORY_RESOURCE_TYPE, LIFECYCLE_GUARD_RESOURCE_TYPE,
  LIFECYCLE_POLICY_RESOURCE_TYPE, PREFIX_LIFECYCLE_RESOURCE_TYPE,
];

const FAILED = ['CREATE_FAILED', 'UPDATE_FAILED', 'DELETE_FAILED'];

/**
 * Parts of the texts of all refusals. Other failures, for example a denied call, have none of them. EventBridge would reject a rule with
 * a fourth text (./matchers.ts).
 */
const TEXTS = [' not deleted: ', 'not emptied: ', REFUSED_BY_GUARD];

/** Returns the detail of the pattern for refusals. */
export function refusalDetail() {
  return { 'status-details': { 'status': FAILED, 'status-reason': TEXTS.map(text => ({ wildcard: `*${text}*` })) } };
}
