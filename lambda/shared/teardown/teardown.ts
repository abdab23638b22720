import type { Audit } from './audit';
import type { ImageUses } from './image-use';
import type { RemovalConditions } from './repository-guards';
import type { MarkedTarget } from './target-repository';
import type { Refusal } from '../../../src/core/teardown/guards';
import type { OnStackDelete } from '../../../src/core/wire/teardown';

/** What happens to one repository, private or public, when its stack is deleted. */
export interface Teardown extends RemovalConditions {
  readonly target: MarkedTarget;
  /** The handler whose mark the repository carries. */
  readonly handler: string;
  readonly onStackDelete: OnStackDelete;
  /** Who creates the repository: CloudFormation for this stack, the handler itself, or somebody outside the stack. */
  readonly creator: 'cloudformation' | 'handler' | 'others';
  /** Logical id of the repository, if the stack declares it. */
  readonly repositoryLogicalId?: string;
  readonly audit: Audit;
  /** The command that does the same without the function. */
  readonly manualCommand: string;
  /** The command that helps to adopt the repository if it is kept. @default - no command */
  readonly adoptCommand?: string;
  /** The workloads that run its images. @default - workloads are not checked */
  readonly uses?: ImageUses;
  /** @default - no replicas */
  readonly replicas?: Replicas;
  /**
   * Checks the guards in the registries where the deletions are repeated, after the replicas were inspected. Returns the refusals.
   *
   * @default - deletions are repeated nowhere, or no guard depends on the registry
   */
  readonly checkDestinations?: () => Promise<readonly Refusal[]>;
}

/** The repositories in other Regions that are deleted with it. */
export interface Replicas {
  /** @throws UserError if the repository itself does not exist but there may be replicas of it */
  refuseOrphans(): Promise<void>;
  /** Inspects the replicas, and returns the refusals. */
  inspect(): Promise<readonly Refusal[]>;
  /** Deletes the inspected replicas, and returns a refusal for each that could not be deleted. */
  delete(): Promise<readonly Refusal[]>;
}
