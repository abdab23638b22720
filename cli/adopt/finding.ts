import type { Code } from './typescript';

/** One result of the pre-flight. */
export interface Finding {
  readonly setting: 'declaration' | 'owner' | 'mark' | 'encryption' | 'mutability' | 'scanning' | 'tags' | 'lifecycle-policy'
    | 'repository-policy';
  /**
   * What happens to the live setting. REFUSED: CloudFormation refuses the import, or another stack still manages the repository;
   * REPLACED: the repository is replaced; UNKNOWN: it cannot be told before the deployment; NOTE: nothing is lost.
   */
  readonly effect: 'REFUSED' | 'REPLACED' | 'LOST' | 'OVERWRITTEN' | 'UNKNOWN' | 'NOTE';
  readonly message: string;
  /** What keeps the live setting. */
  readonly code?: Code;
  /** The command for what the message proposes, apart from it, because a terminal breaks the lines of messages. */
  readonly command?: string;
}

export type Remedy = Pick<Finding, 'code' | 'command'>;

/** Returns what makes the findings about one setting. */
export function findingsAbout(setting: Finding['setting']): (effect: Finding['effect'], message: string, remedy?: Remedy) => Finding {
  return (effect, message, remedy) => ({ setting, effect, message, ...remedy });
}

export function isHarm({ effect }: Finding): boolean {
  return effect !== 'NOTE';
}
