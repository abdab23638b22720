import type { Quota } from '../registry-report';
import type { RepositoryRecord } from '../repository-record';

/** Defaults of quotas. */
interface Limits {
  readonly repositories: number;
  readonly imagesPerRepository: number;
  readonly tagsPerImage: number;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
const PRIVATE: Limits = { repositories: 100_000, imagesPerRepository: 100_000, tagsPerImage: 1_000 };
/** https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html */
const PUBLIC: Limits = { repositories: 10_000, imagesPerRepository: 100_000, tagsPerImage: 1_000 };

/**
 * Returns how much of its quotas a registry uses. ECR does not say which quotas of the account were raised.
 *
 * @param records all repositories of the registry
 */
export function quotasOf(records: readonly RepositoryRecord[], registry = records[0]?.registry): Quota[] {
  const limits = registry === 'public' ? PUBLIC : PRIVATE;
  return [
    { name: 'Repositories per registry', used: records.length, limit: limits.repositories, isAdjustable: true },
    {
      name: 'Images per repository',
      ...largest(records, ({ images }) => images?.all.count ?? 0),
      limit: limits.imagesPerRepository,
      isAdjustable: true,
    },
    {
      name: 'Tags per image', ...largest(records, ({ images }) => images?.mostTags ?? 0), limit: limits.tagsPerImage, isAdjustable: false,
    },
  ];
}

function largest(records: readonly RepositoryRecord[], usedBy: (record: RepositoryRecord) => number): Pick<Quota, 'used' | 'repository'> {
  let [used, repository] = [0, undefined as string | undefined];
  for (const record of records) {
    const value = usedBy(record);
    if (value > used) [used, repository] = [value, record.name];
  }
  return { used, ...repository === undefined ? {} : { repository } };
}
