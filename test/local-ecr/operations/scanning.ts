import { AwsError, invalidParameter } from '../aws-error';
import { integer, optionalText } from '../constraints';
import { epochSeconds } from '../epoch-seconds';
import { requireImage } from '../image-ids';
import { EcrRequest, imageText, onRepository, Operation } from '../operation';
import type { ImageId, Repository, StoredImage } from '../repository';
import { basicFinding, enhancedFinding, FakeFinding, severityCounts } from '../scan-findings';
import type { ScanType } from '../scanning-configuration';
import { isScannable } from '../scans';

const DAY = 86_400_000;

export const startImageScan = onRepository('StartImageScan', (repository, request) => {
  const { registry, now } = request;
  const { scans, polls } = request.scanning!;
  if (scans.configurationOf(registry).scanType === 'ENHANCED') throw new AwsError('ValidationException', 'This feature is disabled');
  const { id, image } = imageOf(repository, request);
  if (image.status !== 'ACTIVE') throw new AwsError('ImageArchivedException', 'The specified image is archived and cannot be scanned.');
  if (!isScannable(image)) throw new AwsError('UnsupportedImageTypeException', 'The image is of a type that cannot be scanned.');
  const last = scans.startedAt({ registry, repository, image }, polls);
  if (last !== undefined && now() - last < DAY) {
    throw new AwsError('LimitExceededException', 'The scan quota per image has been exceeded. Wait and try again.');
  }
  scans.start(image, now(), polls);
  return { ...heading(repository, id, image), imageScanStatus: { status: 'IN_PROGRESS' } };
});

const INSPECTOR = ['inspector2:ListFindings', 'inspector2:ListCoverage'].map(action => ({ action, resource: '*' }));

const onImage = onRepository('DescribeImageScanFindings', (repository, request) => {
  const { input, registry, operation, tokens } = request;
  const { scans, polls } = request.scanning!;
  const size = integer('maxResults', input.maxResults, 1, 1000) ?? 100;
  const token = optionalText('nextToken', input.nextToken);
  const { id, image } = imageOf(repository, request);
  const scan = scans.read({ registry, repository, image }, request.now(), polls);
  if (!scan) {
    throw new AwsError('ScanNotFoundException', `Image scan does not exist for the image with '${imageText(id)}' in the repository with`
      + ` name '${repository.name}' in the registry with id '${registry.account}'`);
  }
  const { status, description, findings, completedAt } = scan;
  const { scanType } = scans.configurationOf(registry);
  const scope = `${operation} ${repository.arn} ${image.digest} ${scan.id}`;
  const [from] = tokens.open(scope, token) ?? [0];
  const until = from + size;
  return {
    ...heading(repository, id, image),
    imageScanStatus: { status, ...description === undefined ? {} : { description } },
    ...findings
      ? { imageScanFindings: told({ findings, rows: findings.slice(from, until), completedAt, scanType }, repository, image) } : {},
    ...until < (findings ?? []).length ? { nextToken: tokens.seal(scope, [until]) } : {},
  };
});

export const describeImageScanFindings: Operation = {
  ...onImage,
  needs: request => [
    ...onImage.needs(request),
    ...request.scanning!.scans.configurationOf(request.registry).scanType === 'ENHANCED' ? INSPECTOR : [],
  ],
};

interface Told {
  readonly findings: readonly FakeFinding[];
  readonly rows: readonly FakeFinding[];
  readonly completedAt?: number;
  readonly scanType: ScanType;
}

/** Returns one page, with the counts of all findings. */
function told({ findings, rows, completedAt, scanType }: Told, repository: Repository, image: StoredImage): object {
  if (completedAt === undefined) return { findings: [] };
  return {
    imageScanCompletedAt: epochSeconds(completedAt),
    vulnerabilitySourceUpdatedAt: epochSeconds(completedAt),
    findingSeverityCounts: severityCounts(findings, scanType),
    ...scanType === 'BASIC'
      ? { findings: rows.map(basicFinding) }
      : { enhancedFindings: rows.map(finding => enhancedFinding(finding, { repository, image, at: completedAt })) },
  };
}

function imageOf(repository: Repository, { input }: EcrRequest): { readonly id: ImageId; readonly image: StoredImage } {
  if (typeof input.imageId !== 'object' || input.imageId === null) throw invalidParameter('imageId', 'Member must not be null');
  const id = input.imageId as ImageId;
  return { id, image: requireImage(repository, id) };
}

function heading({ settings }: Repository, { imageTag }: ImageId, { digest: imageDigest }: StoredImage): object {
  return {
    registryId: settings.account, repositoryName: settings.name, imageId: { imageDigest, ...imageTag === undefined ? {} : { imageTag } },
  };
}
