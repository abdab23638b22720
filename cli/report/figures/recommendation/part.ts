import type { Draft } from '../../../../src/core/lifecycle/priorities';
import { keepSelection, Rule, Selection } from '../../../../src/core/lifecycle/rule';
import { ImportedName, textLiteral } from '../../../adopt/typescript';

/** Rule of a recommended policy, and how a CDK app declares it. */
export interface Part {
  readonly draft: Draft;
  /** Call of the factory of `LifecycleRule`. */
  readonly code: string;
  readonly imports: readonly ImportedName[];
  /** Why the rule is recommended, as a sentence. Undefined for rules that a common sentence explains. */
  readonly reason?: string;
  /** Sentence that explains why there is no such rule after the simulation has refused it. */
  readonly refusal: string;
}

const EXPIRE: Rule['action'] = { type: 'expire' };
const ARCHIVE: Rule['action'] = { type: 'transition', targetStorageClass: 'archive' };

type Sentences = Pick<Part, 'reason' | 'refusal'>;

export function keepPart(pattern: string): Part {
  return {
    draft: { selection: keepSelection(pattern), action: EXPIRE, purpose: 'keep' },
    code: `LifecycleRule.keep(${textLiteral(pattern)})`,
    imports: ['LifecycleRule'],
    refusal: '',
  };
}

export function isKeepPart({ draft }: Part): boolean {
  return draft.purpose === 'keep';
}

export function expireTaggedPart(pattern: string, days: number, sentences: Sentences): Part {
  return agePart(
    { tagStatus: 'tagged', tagPatternList: [pattern], countType: 'sinceImagePushed', countNumber: days }, EXPIRE, 'expireOlderThan',
    `, { tagPatternList: [${textLiteral(pattern)}] }`, sentences,
  );
}

export function expireUntaggedPart(days: number, sentences: Sentences): Part {
  const part = agePart(
    { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: days }, EXPIRE, 'expireOlderThan',
    ', { tagStatus: ecr.TagStatus.UNTAGGED }', sentences,
  );
  return { ...part, imports: [...part.imports, 'ecr'] };
}

/** @param isTaggedOnly whether the rule ignores untagged images */
export function archivePart(days: number, isTaggedOnly: boolean, sentences: Sentences): Part {
  return isTaggedOnly
    ? agePart(
      { tagStatus: 'tagged', tagPatternList: ['*'], countType: 'sinceImagePulled', countNumber: days }, ARCHIVE, 'archiveNotPulledFor',
      ', { tagPatternList: [\'*\'] }', sentences,
    )
    : agePart({ tagStatus: 'any', countType: 'sinceImagePulled', countNumber: days }, ARCHIVE, 'archiveNotPulledFor', '', sentences);
}

export function expireArchivedPart(days: number, sentences: Sentences): Part {
  return agePart(
    { tagStatus: 'any', storageClass: 'archive', countType: 'sinceImageTransitioned', countNumber: days }, EXPIRE, 'expireArchivedFor', '',
    sentences,
  );
}

function agePart(selection: Selection, action: Rule['action'], factory: string, options: string, sentences: Sentences): Part {
  return {
    draft: { selection: { ...selection, countUnit: 'days' }, action, purpose: 'act' },
    code: `LifecycleRule.${factory}(Duration.days(${selection.countNumber})${options})`,
    imports: ['Duration', 'LifecycleRule'],
    ...sentences,
  };
}
