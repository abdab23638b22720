import type { ECRClient } from '@aws-sdk/client-ecr';
import type { EcrTask } from '../protocol/job';
import type { LivePolicy } from '../repository/policy-text';

interface Options {
  readonly abortSignal: AbortSignal;
}

/** A policy to which several stacks add statements: that of a repository, or that of a registry. */
export interface PolicyTarget {
  /** Name in messages, such as `Repository 'x'`. */
  readonly name: string;
  /** Action that sets the policy. */
  readonly setAction: string;
  /** Errors of a write that the next reading explains. */
  readonly missingErrors: readonly string[];
  /** Whether `force` sets a policy that prevents its own change. */
  readonly canForce: boolean;
  read(task: EcrTask): Promise<LivePolicy>;
  set(ecr: ECRClient, policyText: string, options: Options): Promise<unknown>;
  remove(ecr: ECRClient, options: Options): Promise<unknown>;
}

/** Returns the name as it is in the middle of a sentence. */
export function inSentence({ name }: PolicyTarget): string {
  return name[0].toLowerCase() + name.slice(1);
}
