import type { OrganizationScope } from './environments';
import type { Selection } from './selection';

/** How often a state machine repeats a step that fails. */
export const STEP_RETRIES = 2;

/** Settings of an image shield, which its state machines pass to each function. Durations are in seconds. */
export interface ShieldSettings {
  /** Name of the shield in metrics and events. */
  readonly shield: string;
  /** Bucket with the state. */
  readonly bucket: string;
  readonly tagPrefix: string;
  readonly keepAfterUse: number;
  readonly selection: Selection;
  /** Accounts whose images are neither protected nor reported. @default - none */
  readonly ignoredRegistries?: readonly string[];
  /** Set if the shield searches the accounts of an organization. */
  readonly organization?: OrganizationScope;
  /** Set if a run sends metrics of each repository. */
  readonly repositoryMetrics?: true;
}
