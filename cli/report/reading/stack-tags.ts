import type { StackTags } from './registry';
import { markedHandler } from '../../../src/core/mark';

interface Tag {
  readonly Key?: string;
  readonly Value?: string;
}

/**
 * CloudFormation sets it on some of the repositories that it creates:
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1280
 */
export const STACK_ID_TAG = 'aws:cloudformation:stack-id';

/** Returns the tags that can name a stack. */
export function stackTagsIn(tags: readonly Tag[]): StackTags {
  return new Map(tags.flatMap(({ Key = '', Value = '' }) =>
    Key === STACK_ID_TAG || markedHandler(Key) !== undefined ? [[Key, Value] as const] : []));
}
