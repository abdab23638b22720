import { pack, Packed, unpack } from './pack';
import { packSample, unpackSample } from './pack-sample';
import type { Rule } from '../../../../src/core/lifecycle/rule';
import type { RegistryReport } from '../../registry-report';
import type { PolicyFigures, RepositoryRecord, SampledImage } from '../../repository-record';

/** What is shorter in the page: lists of rules are texts, because repositories share them, and code is its lines for the same reason. */
type Short<Part> = Part extends { readonly rules: readonly Rule[] }
  ? Omit<Part, 'rules' | 'typescript'> & { readonly rules: string; readonly typescript?: readonly string[] } : Part;

interface ShortRecord extends Omit<RepositoryRecord, 'images' | 'policy' | 'recommendation'> {
  readonly images?: Omit<NonNullable<RepositoryRecord['images']>, 'sample'> & { readonly sample: string };
  readonly policy?: Short<PolicyFigures>;
  readonly recommendation?: Short<NonNullable<RepositoryRecord['recommendation']>>;
}

type ShortReport = Omit<RegistryReport, 'repositories'> & { readonly repositories: readonly ShortRecord[] };

/** Packs a report for the page. A report of 10,000 repositories with 200,000 sampled images must be smaller than 20 MB. */
export function packReport(report: RegistryReport): Packed {
  const short: ShortReport = { ...report, repositories: report.repositories.map(shorten) };
  return pack(short);
}

export function unpackReport(packed: Packed): RegistryReport {
  const short = unpack(packed) as ShortReport;
  return { ...short, repositories: short.repositories.map(restore) };
}

function shorten({ images, policy, recommendation, ...record }: RepositoryRecord): ShortRecord {
  return {
    ...record,
    ...images && { images: { ...images, sample: packSample(images.sample) } },
    ...policy && { policy: policy.kind === 'policy' ? { ...policy, rules: JSON.stringify(policy.rules) } : policy },
    ...recommendation && {
      recommendation: recommendation.kind === 'none' ? recommendation : {
        ...recommendation, rules: JSON.stringify(recommendation.rules), typescript: recommendation.typescript.split('\n'),
      },
    },
  };
}

function restore({ images, policy, recommendation, ...record }: ShortRecord): RepositoryRecord {
  return {
    ...record,
    ...images && { images: restoreImages(images) },
    ...policy && { policy: policy.kind === 'policy' ? { ...policy, rules: JSON.parse(policy.rules) as Rule[] } : policy },
    ...recommendation && {
      recommendation: recommendation.kind === 'none' ? recommendation : {
        ...recommendation,
        rules: JSON.parse(recommendation.rules) as Rule[],
        typescript: recommendation.typescript!.join('\n'),
      },
    },
  };
}

/** Unpacks the images only when they are read, because users open few repositories. */
function restoreImages({ sample, ...figures }: NonNullable<ShortRecord['images']>): NonNullable<RepositoryRecord['images']> {
  let unpacked: SampledImage[] | undefined;
  return {
    ...figures,
    get sample() {
      return unpacked ??= unpackSample(sample);
    },
  };
}
