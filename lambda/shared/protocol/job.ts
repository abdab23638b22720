import type { Agent } from 'node:http';
import type { Agent as SecureAgent } from 'node:https';
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

/** Agents that open the connections of a function, such as through a proxy. */
export interface Agents {
  readonly 'http:': Agent;
  readonly 'https:': SecureAgent;
}

/** The clients, clock, and log of a handler. Tests pass clients of the real SDK that point at local fakes. */
export interface Surroundings {
  readonly ecr: ECRClient;
  readonly clock: Clock;
  /** Open the connections that no client of the SDK opens. @default - connections are opened directly */
  readonly agents?: Agents;
  /** Created on first use, because most requests do not read the stack. */
  cloudFormation(): CloudFormationClient;
  log(line: string): void;
}

/** Work that takes a while and reports its progress, in a function or in a terminal. */
export interface Task {
  readonly clock: Clock;
  readonly agents?: Agents;
  /** Aborted shortly before the timeout, or by the person, so that nothing continues afterwards. */
  readonly signal: AbortSignal;
  /** How long a call that IAM denies is retried, in milliseconds. */
  readonly patience: number;
  /** Time of the clock until which throttled calls are retried. */
  readonly deadline: number;
  log(line: string): void;
  /** Reports the current step, which the response names if time runs out. */
  progress(state: string): void;
}

export interface EcrTask extends Task {
  readonly ecr: ECRClient;
}

/** One decoded request, with everything that its work needs. */
export interface Job<P> extends Surroundings, EcrTask {
  readonly request: CustomResourceRequest;
  readonly properties: P;
  /**
   * Called before the first change of a Create: a Create that fails earlier has nothing to undo. The memo becomes part of the physical id,
   * which is the only memory between requests.
   */
  begin(memo?: string): void;
  /**
   * Replaces the memo in the physical id of a success. Only for a handler whose Delete can distinguish a replaced id from the end of the
   * stack.
   */
  remember(memo: string): void;
}
