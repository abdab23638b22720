import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { ECRClient } from '@aws-sdk/client-ecr';

/**
 * One request of CloudFormation to a custom resource. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
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

/** Work that goes on for a while and tells about it, in a function or on somebody's terminal. */
export interface Task {
  readonly clock: Clock;
  /** Aborted when the time is nearly up, or the person has had enough, so that nothing goes on afterwards. */
  readonly signal: AbortSignal;
  /** How long a refusal of IAM is taken for one that passes, in milliseconds. */
  readonly patience: number;
  /** Time of the clock until which throttling is waited out. */
  readonly deadline: number;
  log(line: string): void;
  /** What is going on; an answer says so, if time runs out. */
  progress(state: string): void;
}

export interface EcrTask extends Task {
  readonly ecr: ECRClient;
}

/** One request, decoded, with everything its work needs. */
export interface Job<P> extends Surroundings, EcrTask {
  readonly request: CustomResourceRequest;
  readonly properties: P;
  /**
   * Said before the first change that a Create makes: one that fails earlier has nothing to take back. The memo becomes part of the
   * physical id, which is all that is remembered between requests.
   */
  begin(memo?: string): void;
  /**
   * Has the physical id of a success say something else than before. Only for a handler whose Delete tells a former id from the stack's
   * end.
   */
  remember(memo: string): void;
}
