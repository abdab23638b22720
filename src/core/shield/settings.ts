import type { Selection } from './selection';
import type { ImageUser } from '../images/image-user';

/** Settings of an image shield, which its state machines pass to each function. Durations are in seconds. */
export interface ShieldSettings {
  /** Name of the shield in metrics and events. */
  readonly shield: string;
  /** Bucket with the state. */
  readonly bucket: string;
  readonly tagPrefix: string;
  readonly keepAfterUse: number;
  readonly selection: Selection;
}

/** Account and Region in which images run. `<account>/<region>` names it. */
export interface Environment {
  readonly account: string;
  readonly region: string;
  readonly usedBy: readonly ImageUser[];
}

export function environmentName({ account, region }: Pick<Environment, 'account' | 'region'>): string {
  return `${account}/${region}`;
}
