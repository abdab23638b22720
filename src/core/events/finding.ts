import { tagMatchers } from './matchers';
import { SEVERITIES, Severity } from '../scan/severity';

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html */
export const BASIC_SCAN = { source: 'aws.ecr', detailType: 'ECR Image Scan' } as const;

/** https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html */
export const INSPECTOR_FINDING = { source: 'aws.inspector2', detailType: 'Inspector2 Finding' } as const;

export interface FindingFilter {
  readonly repositoryName: string;
  /** Account of the repository. */
  readonly account: string;
  readonly minimumSeverity: Severity;
  /** @default - images with any tags, and images without a tag */
  readonly imageTags?: readonly string[];
}

/** Returns this severity and all that are higher. */
export function severitiesFrom(minimum: Severity): Severity[] {
  return SEVERITIES.slice(0, SEVERITIES.indexOf(minimum) + 1);
}

/**
 * Returns the detail of the pattern for findings of both kinds of scans. The two kinds of events have no field in common, so neither part
 * of the `$or` matches an event of the other kind.
 *
 * An account that administers Amazon Inspector for an organization also gets the events of the other accounts, which can have repositories
 * of the same name: https://docs.aws.amazon.com/inspector/latest/user/findings-managing-automating-responses.html
 */
export function findingDetail({ repositoryName, account, minimumSeverity, imageTags }: FindingFilter) {
  const severities = severitiesFrom(minimumSeverity);
  const tags = imageTags && tagMatchers(imageTags);
  return {
    $or: [
      {
        'scan-status': ['COMPLETE'],
        'repository-name': [repositoryName],
        'finding-severity-counts': anyCount(severities),
        ...tags && { 'image-tags': tags },
      },
      {
        status: ['ACTIVE'],
        severity: severities,
        awsAccountId: [account],
        resources: {
          type: ['AWS_ECR_CONTAINER_IMAGE'],
          details: { awsEcrContainerImage: { repositoryName: [repositoryName], ...tags && { imageTags: tags } } },
        },
      },
    ],
  };
}

/**
 * Returns the pattern for a count of at least 1 of any severity. The event has no count for a severity without findings. A `$or` of one
 * alternative is a field name for EventBridge: https://github.com/aws/event-ruler#the-or-primitive
 */
function anyCount(severities: readonly Severity[]) {
  const counts = severities.map(severity => ({ [severity === 'UNTRIAGED' ? 'UNDEFINED' : severity]: [{ numeric: ['>', 0] }] }));
  return counts.length === 1 ? counts[0] : { $or: counts };
}
