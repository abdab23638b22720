import type { Audit } from './audit';
import type { ImageUses } from './image-use';
import type { RemovalConditions } from './repository-guards';
import type { MarkedTarget } from './target-repository';
import type { Refusal } from '../../../src/core/teardown/guards';
import type { OnStackDelete } from '../../../src/core/wire/teardown';

/** What becomes of one repository, private or public, when its stack is deleted. */
export interface Teardown extends RemovalConditions {
  readonly target: MarkedTarget;
  /** The handler whose mark the repository carries. */
  readonly handler: string;
  readonly onStackDelete: OnStackDelete;
  /** Who creates the repository: CloudFormation for this stack, the handler itself, or somebody outside the stack. */
  readonly creator: 'cloudformation' | 'handler' | 'others';
  /** Logical id of the repository, where the stack declares it. */
  readonly repositoryLogicalId?: string;
  readonly audit: Audit;
  /** The command that does the same without the function. */
  readonly manualCommand: string;
  /** The command that helps to take a repository that stays back into a stack. @default - there is none */
  readonly adoptCommand?: string;
  /** What runs from the images. @default - not looked for */
  readonly uses?: ImageUses;
  /** @default - there are none */
  readonly replicas?: Replicas;
}

/** The repositories in other Regions that are deleted with it. */
export interface Replicas {
  /** @throws UserError if the repository itself is gone and there may be replicas of it */
  refuseOrphans(): Promise<void>;
  /** Returns what the guards refuse on each replica. */
  inspect(): Promise<readonly Refusal[]>;
  /** Deletes what was inspected, and returns which could not be deleted. */
  delete(): Promise<readonly Refusal[]>;
}
