import type { Code } from './typescript';

/** One result of the check before an import. */
export interface Finding {
  readonly setting: 'declaration' | 'owner' | 'mark' | 'encryption' | 'mutability' | 'scanning' | 'tags' | 'lifecycle-policy'
    | 'repository-policy';
  /**
   * Effect of the import on the live setting. REFUSED: CloudFormation refuses the import, or another stack still manages the
   * repository. REPLACED: the repository is replaced. UNKNOWN: the effect is unknown until deployment. NOTE: nothing is lost.
   */
  readonly effect: 'REFUSED' | 'REPLACED' | 'LOST' | 'OVERWRITTEN' | 'UNKNOWN' | 'NOTE';
  readonly message: string;
  /** Code that keeps the live setting. */
  readonly code?: Code;
  /** Command for the proposal in the message. It is separate because a terminal wraps the lines of messages. */
  readonly command?: string;
}

export type Remedy = Pick<Finding, 'code' | 'command'>;

/** Returns a function that creates findings about one setting. */
export function findingsAbout(setting: Finding['setting']): (effect: Finding['effect'], message: string, remedy?: Remedy) => Finding {
  return (effect, message, remedy) => ({ setting, effect, message, ...remedy });
}

export function isHarm({ effect }: Finding): boolean {
  return effect !== 'NOTE';
}
