import type { StackEvent } from '@aws-sdk/client-cloudformation';

export interface Resource {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface RepositoryResource extends Resource {
  readonly Properties: Readonly<Record<string, unknown>> & { readonly RepositoryName: string };
}

export interface DeployOptions {
  /** Whether to import existing resources by their names. @default false */
  readonly importsExisting?: boolean;
  /** Whether to keep what a failed operation has created. @default false */
  readonly keepsFailed?: boolean;
}

/** Type of the custom resources of a probe. */
export const CUSTOM_TYPE = 'Custom::Probe';

/** How the function of a custom resource responds to CloudFormation. */
export interface Responses {
  /** The type of request that fails. @default - all succeed */
  readonly fails?: 'Create' | 'Delete';
  /** Physical ID in the responses to Create and Update. */
  readonly id?: string;
  /** Number of characters in the reason of a failure. */
  readonly reasonLength?: number;
}

/** Returns a custom resource, which a stack connects to its function. */
export function custom({ fails, id, reasonLength = 10 }: Responses = {}, DependsOn: readonly string[] = []): Resource {
  return { Type: CUSTOM_TYPE, DependsOn, Properties: { Fails: fails ?? 'none', Id: id ?? 'probe', ReasonLength: reasonLength } };
}

/** A stack of a probe, which is removed after the probe with everything that its template names. */
export interface ProbeStack {
  /** ARN of the stack, after its first deployment began. */
  readonly id: string;
  /** Name of the function behind the custom resources, which every template with a custom resource contains. */
  readonly functionName: string;
  /** Returns a repository for the template, with a name of its own, or with the name of a repository that exists. */
  repository(properties?: Readonly<Record<string, unknown>>, DeletionPolicy?: string): RepositoryResource;
  /** Creates or updates the stack. Returns its status at the end. */
  deploy(resources: Readonly<Record<string, Resource>>, options?: DeployOptions): Promise<string>;
  /** Rolls back an operation that failed. Returns the status of the stack at the end. */
  rollBack(): Promise<string>;
  /** Deletes the stack. Returns its status at the end. */
  delete(): Promise<string>;
  /** Returns all events, newest first. */
  events(): Promise<StackEvent[]>;
  /** Returns the requests to the function in their order, such as `Delete some-id`. */
  requests(): Promise<string[]>;
  /** Returns which parts of the custom resource's function exist. */
  left(): Promise<{ readonly function: boolean; readonly role: boolean; readonly policy: boolean }>;
}
