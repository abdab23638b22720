import { createHash } from 'node:crypto';
import { epochSeconds } from './epoch-seconds';
import type { Repository, StoredImage } from './repository';
import type { ScanType } from './scanning-configuration';

export interface FakePackage {
  readonly name: string;
  readonly version: string;
  /** Returned only by enhanced scanning. @default - no fix */
  readonly fixedInVersion?: string;
}

/** A finding, which basic and enhanced scans return in different formats. */
export interface FakeFinding {
  /** Id of the vulnerability, such as a CVE. */
  readonly name: string;
  /** UNTRIAGED in enhanced scanning is UNDEFINED in a basic scan. */
  readonly severity: 'INFORMATIONAL' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL' | 'UNTRIAGED';
  readonly description?: string;
  readonly uri?: string;
  /** Affected packages. A basic scan returns the first one. @default - one package without a fix */
  readonly packages?: readonly FakePackage[];
  /** Status, which basic scanning does not have. @default 'ACTIVE' */
  readonly status?: 'ACTIVE' | 'SUPPRESSED' | 'CLOSED';
}

const PACKAGES: readonly FakePackage[] = [{ name: 'openssl', version: '3.0.1' }];

export function severityCounts(findings: readonly FakeFinding[], type: ScanType): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const finding of findings) counts[severityOf(finding, type)] = (counts[severityOf(finding, type)] ?? 0) + 1;
  return counts;
}

/** API reference, ImageScanFinding. */
export function basicFinding(finding: FakeFinding): object {
  const { name, description, packages: [{ name: packageName, version }] = PACKAGES } = finding;
  return {
    name,
    ...description === undefined ? {} : { description },
    uri: uriOf(finding),
    severity: severityOf(finding, 'BASIC'),
    attributes: [{ key: 'package_version', value: version }, { key: 'package_name', value: packageName }],
  };
}

/** API reference, EnhancedImageScanFinding. */
export function enhancedFinding(finding: FakeFinding, { repository, image, at }: {
  readonly repository: Repository; readonly image: StoredImage; readonly at: number;
}): object {
  const { name, description, packages = PACKAGES, status = 'ACTIVE' } = finding;
  const { account, region } = repository.settings;
  const identity = createHash('sha256').update(JSON.stringify([repository.arn, image.digest, name, packages])).digest('hex').slice(0, 32);
  const observed = epochSeconds(at);
  return {
    awsAccountId: account,
    ...description === undefined ? {} : { description },
    findingArn: `arn:aws:inspector2:${region}:${account}:finding/${identity}`,
    firstObservedAt: observed,
    lastObservedAt: observed,
    updatedAt: observed,
    packageVulnerabilityDetails: {
      source: 'NVD',
      sourceUrl: uriOf(finding),
      vulnerabilityId: name,
      vulnerablePackages: packages.map(({ fixedInVersion = 'NotAvailable', ...found }) => ({ ...found, fixedInVersion })),
    },
    resources: [{
      id: `${repository.arn}/${image.digest}`,
      type: 'AWS_ECR_CONTAINER_IMAGE',
      details: {
        awsEcrContainerImage: { imageHash: image.digest, imageTags: image.tags, registry: account, repositoryName: repository.name },
      },
    }],
    severity: severityOf(finding, 'ENHANCED'),
    status,
    title: `${name} - ${packages.map(found => found.name).join(', ')}`,
    type: 'PACKAGE_VULNERABILITY',
    fixAvailable: fixAvailable(packages),
  };
}

function severityOf({ severity }: FakeFinding, type: ScanType): string {
  return severity === 'UNTRIAGED' && type === 'BASIC' ? 'UNDEFINED' : severity;
}

function uriOf({ name, uri }: FakeFinding): string {
  return uri ?? `https://nvd.nist.gov/vuln/detail/${name}`;
}

/** Inspector API reference, Finding. */
function fixAvailable(packages: readonly FakePackage[]): 'YES' | 'NO' | 'PARTIAL' {
  const fixed = packages.filter(({ fixedInVersion }) => fixedInVersion !== undefined).length;
  if (fixed === 0) return 'NO';
  return fixed === packages.length ? 'YES' : 'PARTIAL';
}
