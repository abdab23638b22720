import { figuresOf, ReportedImage } from './image-figures';
import { policyFigures } from './policy-figures';
import { recommend } from './recommendation';
import { sampleOf } from './sample';
import type { Fate } from '../../page/future';
import type { RepositoryRecord } from '../repository-record';

/** What was read about one repository. */
export interface RepositoryReading extends Omit<RepositoryRecord, 'images' | 'policy' | 'recommendation'> {
  /** Undefined if the images could not be read. */
  readonly images?: readonly ReportedImage[];
  /** Null if the repository has no policy. Undefined if the policy could not be read, or for ECR Public. */
  readonly policyText?: string | null;
  /** Digests of the images in use in this registry. Undefined if the report did not search for what runs. */
  readonly inUse?: ReadonlySet<string>;
  /** Whether a part of the search failed, and whether it was in the Region of this repository. @default false */
  readonly isUseIncomplete?: boolean;
  readonly isUseUncounted?: boolean;
}

export interface RecordOptions {
  /** When the report began. */
  readonly at: number;
  readonly notPulledForDays: number;
  /** Largest number of images in the timeline of a repository. */
  readonly sampleLimit: number;
}

/** Returns everything that a report says about a repository. */
export function repositoryRecord(reading: RepositoryReading, options: RecordOptions): RepositoryRecord {
  return assessRepository(reading, options).record;
}

/** Returns the record of a repository, and what its policy does to each image; undefined if there is no policy to simulate. */
export function assessRepository(
  reading: RepositoryReading, { at, notPulledForDays, sampleLimit }: RecordOptions,
): { readonly record: RepositoryRecord; readonly fates?: readonly Fate[] } {
  const { registry, name, arn, createdAt, readAt, problems, images, policyText, owner, inUse, isUseIncomplete, isUseUncounted } = reading;
  const isPublic = registry === 'public';
  const options = { at, readAt, notPulledForDays, isPublic, inUse, isUseIncomplete, isUseUncounted };
  const policy = isPublic || policyText === undefined ? undefined : policyFigures(policyText ?? undefined, images, options);
  const advice = isPublic || images === undefined ? undefined
    : recommend(images, { ...options, registry, name, owner, policy: policy?.figures });
  const record = {
    registry,
    name,
    arn,
    createdAt,
    readAt,
    problems,
    ...images === undefined ? {} : {
      images: {
        ...figuresOf(images, options),
        sample: sampleOf(images, { live: policy?.fates, recommended: advice?.fates, inUse, at }, sampleLimit),
      },
    },
    ...policy === undefined ? {} : { policy: policy.figures },
    ...advice === undefined ? {} : { recommendation: advice.recommendation },
    owner,
  };
  return { record, fates: policy?.fates };
}
