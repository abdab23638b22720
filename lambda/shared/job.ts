import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { ECRClient } from '@aws-sdk/client-ecr';

/** One request of CloudFormation to a custom resource. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export interface CustomResourceRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId: string;
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
}

export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** What a handler reaches outside itself. Tests hand in clients of the real SDK that point at local fakes. */
export interface Surroundings {
  readonly ecr: ECRClient;
  readonly clock: Clock;
  /** Made on first use: most requests never ask about the stack. */
  cloudFormation(): CloudFormationClient;
  log(line: string): void;
}

/** One request, decoded, with everything its work needs. */
export interface Job<P> extends Surroundings {
  readonly request: CustomResourceRequest;
  readonly properties: P;
  /** Aborted when the time is nearly up, so that nothing goes on after the answer. */
  readonly signal: AbortSignal;
  /** What an answer says was going on, if time runs out. */
  progress(state: string): void;
  /**
   * Said before the first change that a Create makes: one that fails earlier has nothing to take back. The memo becomes part of the physical
   * id, which is all that is remembered between requests.
   */
  begin(memo?: string): void;
}
