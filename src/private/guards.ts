import { Duration, Token } from 'aws-cdk-lib';
import { secondsProblems, unlessToken } from './problems';
import { DURATION, instanceOf, listOf, NUMBER, PropertyTypes, required, struct, TEXT } from './property-types';
import type { Guards, RequiredTag } from '../core/images/guards';
import type { ImageUser } from '../core/images/image-user';
import { tagPatternProblem } from '../core/images/tag-pattern';

/** Guards as users set them, without the public interfaces. */
export interface GuardOptions {
  readonly maxImages?: number;
  readonly protectedTags?: readonly string[];
  readonly pushedWithin?: Duration;
  readonly pulledWithin?: Duration;
  readonly inUseBy?: ReadonlyArray<{ readonly _user: ImageUser }>;
  readonly requireTag?: RequiredTag;
}

/** Property types of the guards. */
export const IMAGE_GUARD_TYPES: PropertyTypes<Pick<GuardOptions, 'maxImages' | 'protectedTags' | 'pushedWithin'>> = {
  maxImages: NUMBER,
  protectedTags: listOf(TEXT),
  pushedWithin: DURATION,
};

export const IMAGE_USE_GUARD_TYPES: PropertyTypes<Pick<GuardOptions, 'pulledWithin' | 'inUseBy'>> = {
  pulledWithin: DURATION,
  inUseBy: listOf(instanceOf('ImageUse', 'ImageUse.ecs()')),
};

export const REQUIRED_TAG_TYPE = struct<RequiredTag>({ key: required(TEXT), value: required(TEXT) });

/** Options of a teardown under a prefix as users set them. */
interface PrefixTeardownSettings extends GuardOptions {
  readonly requireTag: RequiredTag;
  readonly maxRepositories?: number;
  readonly audit?: object;
}

export const PREFIX_TEARDOWN_TYPES: PropertyTypes<PrefixTeardownSettings> = {
  ...IMAGE_GUARD_TYPES,
  ...IMAGE_USE_GUARD_TYPES,
  requireTag: required(REQUIRED_TAG_TYPE),
  maxRepositories: NUMBER,
  audit: instanceOf('TeardownAudit', 'TeardownAudit.toLogs()'),
};

export function guardsOf(options: GuardOptions): Omit<Guards, 'maxPercentage'> {
  const { maxImages, protectedTags = [], pushedWithin, pulledWithin, inUseBy = [], requireTag } = options;
  return {
    maxImages,
    protectedTags,
    pushedWithin: pushedWithin?.toSeconds(),
    pulledWithin: pulledWithin?.toSeconds(),
    inUseBy: inUseBy.map(use => use._user),
    requireTag,
  };
}

/**
 * Returns the problems of guards. A guard without a value, for example from an unset environment variable, is a problem, because it would
 * silently not guard anything.
 */
export function guardProblems({ maxImages, protectedTags, pushedWithin, pulledWithin, requireTag }: GuardOptions): string[] {
  return [
    ...unlessToken(maxImages, count => Number.isSafeInteger(count) && count >= 0 ? []
      : [`'maxImages' must be a whole number of at least 0, got: ${count}`]),
    ...tagPatternProblems('protectedTags', protectedTags),
    ...durationProblems('pushedWithin', pushedWithin),
    ...durationProblems('pulledWithin', pulledWithin),
    ...requireTag === undefined ? [] : requiredTagProblems(requireTag),
  ];
}

function requiredTagProblems({ key, value }: RequiredTag): string[] {
  return [
    ...unlessToken(key, text => [
      ...text.length >= 1 && text.length <= 128 ? [] : [`'requireTag.key' must have between 1 and 128 characters, got: ${text.length}`],
      ...!/^(aws|cdk-ecr-keeper):/i.test(text) ? []
        : [`'requireTag.key' must not start with 'aws:' or 'cdk-ecr-keeper:', got: ${text}`],
    ]),
    ...unlessToken(value, text => text.length <= 256 ? []
      : [`'requireTag.value' must have at most 256 characters, got: ${text.length}`]),
  ];
}

/** Returns the problems of patterns. A pattern can be a token, but the number of patterns must be known. */
export function tagPatternProblems(property: string, patterns: readonly string[] = []): string[] {
  if (Token.isUnresolved(patterns)) return [mustBeKnown(property)];
  return patterns.flatMap((pattern, index) => unlessToken(pattern, text => {
    const problem = tagPatternProblem(text);
    return problem === undefined ? [] : [`'${property}[${index}]' ${problem}, got: ${JSON.stringify(text)}`];
  }));
}

/** Returns the problems of a duration in whole seconds. */
export function durationProblems(property: string, duration: Duration | undefined): string[] {
  if (duration === undefined) return [];
  return duration.isUnresolved() ? [mustBeKnown(property)] : secondsProblems(property, duration);
}

export function mustBeKnown(property: string): string {
  return `'${property}' must be known when the app is synthesized, got a token`;
}
