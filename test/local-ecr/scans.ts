/** Scans of images and their findings. Behavior and sources: README.md, "Scanning". */
import { isIndex } from './manifest';
import type { Readings } from './readings';
import type { Registry } from './registry';
import type { Repository, StoredImage } from './repository';
import type { FakeFinding } from './scan-findings';
import { ScanFrequency, ScanningConfiguration, scanningOf, ScanType, UNCONFIGURED } from './scanning-configuration';
import type { AssumptionId } from '../probes/probes';

export type EndOfScan =
  'COMPLETE' | 'ACTIVE' | 'FAILED' | 'SCAN_ELIGIBILITY_EXPIRED' | 'UNSUPPORTED_IMAGE' | 'FINDINGS_UNAVAILABLE' | 'LIMIT_EXCEEDED'
    | 'IMAGE_ARCHIVED';

/** Number of reads for which a scan is not complete. */
export interface ScanPolls {
  readonly unknown: number;
  readonly running: number;
  readonly empty: number;
  readonly partial: number;
}

/** The scanning data that a request can read. */
export interface Scanning {
  readonly scans: Scans;
  readonly polls: ScanPolls;
  /** Whether a policy of the organization prevents changes of the configuration. */
  readonly isBlocked: boolean;
}

/** The state of a scan at one read. */
export interface ScanView {
  /** Id of the scan, because page tokens are valid for one scan. */
  readonly id: number;
  readonly status: EndOfScan | 'IN_PROGRESS' | 'PENDING';
  readonly description?: string;
  /** Returned when the scan has succeeded. */
  readonly findings?: readonly FakeFinding[];
  readonly completedAt?: number;
}

/** An image and its location. */
export interface Scanned {
  readonly registry: Registry;
  readonly repository: Repository;
  readonly image: StoredImage;
}

interface Scan {
  readonly id: number;
  readonly startedAt: number;
  left: { unknown: number; running: number; empty: number; partial: number };
  result?: { readonly at: number; readonly findings: readonly FakeFinding[] };
}

interface Ending {
  readonly id: number;
  readonly status: EndOfScan;
  readonly reason?: string;
}

const IMAGE_CONFIGS = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];
const DAY = 86_400_000;
const ATTESTATION = 'application/vnd.in-toto+json';
const DESCRIPTIONS: Partial<Record<EndOfScan, string>> = {
  COMPLETE: 'The scan was completed successfully.',
  ACTIVE: 'Continuous scan is selected for image.',
  FAILED: 'UnsupportedImageError: The operating system and/or package manager are not supported.',
};

export class Scans {
  private readonly configurations = new WeakMap<Registry, ScanningConfiguration>();
  private readonly scans: Record<ScanType, WeakMap<StoredImage, Scan>> = { BASIC: new WeakMap(), ENHANCED: new WeakMap() };
  private readonly found = new Map<string, { readonly at: number; readonly findings: readonly FakeFinding[] }>();
  private readonly endings = new Map<string, Ending>();
  private ids = 0;

  constructor(private readonly readings: Readings) {}

  configure(registry: Registry, configuration: ScanningConfiguration): void {
    this.configurations.set(registry, configuration);
  }

  configurationOf(registry: Registry): ScanningConfiguration {
    return this.configurations.get(registry) ?? UNCONFIGURED;
  }

  find(repositoryArn: string, digest: string, findings: readonly FakeFinding[], now: number): void {
    this.found.set(`${repositoryArn} ${digest}`, { at: now, findings });
  }

  end(repositoryArn: string, digest: string, status: EndOfScan, reason: string | undefined): void {
    this.endings.set(`${repositoryArn} ${digest}`, { id: this.ids += 1, status, ...reason === undefined ? {} : { reason } });
  }

  /** Time at which the last basic scan of the image was started, by a push or by a call. */
  startedAt({ registry, repository, image }: Scanned, polls: ScanPolls): number | undefined {
    return this.basicScan(image, scanningOf(repository, this.configurationOf(registry)).frequency, polls)?.startedAt;
  }

  /** A basic scan. */
  start(image: StoredImage, now: number, polls: ScanPolls): void {
    this.scans.BASIC.set(image, this.newScan(now, { ...polls, unknown: 0, empty: 0, partial: 0 }));
  }

  /** Returns undefined without a scan. */
  read({ registry, repository, image }: Scanned, now: number, polls: ScanPolls): ScanView | undefined {
    const configuration = this.configurationOf(registry);
    const { frequency } = scanningOf(repository, configuration);
    const key = `${repository.arn} ${image.digest}`;
    if (configuration.scanType === 'BASIC') {
      const scan = this.basicScan(image, frequency, polls);
      return scan && this.view(scan, key, { now, running: 'IN_PROGRESS', done: 'COMPLETE', pushedAt: image.pushedAt });
    }
    const isUnscannedIndex = isIndex(image.mediaType) && !this.readings.isOther('enhanced-index-unscanned');
    if (isUnscannedIndex || frequency === 'MANUAL') return undefined;
    const without = (id: AssumptionId, status: EndOfScan) => this.readings.isOther(id) ? undefined : { id: 0, status };
    if (image.status !== 'ACTIVE') return without('enhanced-archived-status', 'IMAGE_ARCHIVED');
    if (!isIndex(image.mediaType) && !isScannable(image)) return without('enhanced-artifact-status', 'UNSUPPORTED_IMAGE');
    const scan = this.scans.ENHANCED.get(image) ?? this.newScan(now, polls);
    this.scans.ENHANCED.set(image, scan);
    const done = frequency === 'CONTINUOUS_SCAN' ? 'ACTIVE' : 'COMPLETE';
    return this.view(scan, key, { now, running: 'PENDING', done, pushedAt: image.pushedAt });
  }

  /** Returns the findings that DescribeImages counts: those of a basic scan that has ended. */
  lastBasicResult({ registry, repository, image }: Scanned, polls: ScanPolls): Scan['result'] {
    const configuration = this.configurationOf(registry);
    if (configuration.scanType !== 'BASIC') return undefined;
    const scan = this.basicScan(image, scanningOf(repository, configuration).frequency, polls);
    if (!scan || scan.left.running > 0) return scan?.result;
    return scan.result ?? this.found.get(`${repository.arn} ${image.digest}`) ?? { at: scan.startedAt, findings: [] };
  }

  private basicScan(image: StoredImage, frequency: ScanFrequency, polls: ScanPolls): Scan | undefined {
    const scan = this.scans.BASIC.get(image);
    if (scan || frequency === 'MANUAL' || !isScannable(image)) return scan;
    this.start(image, image.pushedAt, polls);
    return this.scans.BASIC.get(image);
  }

  private newScan(startedAt: number, polls: ScanPolls): Scan {
    return { id: this.ids += 1, startedAt, left: { ...polls } };
  }

  private view(scan: Scan, key: string, { now, running, done, pushedAt }: {
    readonly now: number; readonly running: 'IN_PROGRESS' | 'PENDING'; readonly done: 'COMPLETE' | 'ACTIVE'; readonly pushedAt: number;
  }): ScanView | undefined {
    const { id, left } = scan;
    const { status, reason, ...ending } = this.endings.get(key) ?? { status: done, id: 0 };
    // A scan that a test ends has no more waiting reads.
    if (ending.id < id) {
      if (left.unknown > 0) {
        left.unknown -= 1;
        return undefined;
      }
      if (left.running > 0) {
        left.running -= 1;
        return { id, status: running };
      }
    }
    const description = reason ?? DESCRIPTIONS[status];
    const view = { id, status, ...description === undefined ? {} : { description } };
    if (status !== 'COMPLETE' && status !== 'ACTIVE') return view;
    if (left.empty > 0) {
      left.empty -= 1;
      const former = this.readings.isOther('enhanced-active-before-findings') && status === 'ACTIVE';
      return { ...view, findings: [], ...former ? { completedAt: pushedAt - DAY } : {} };
    }
    const found = this.found.get(key) ?? { at: 0, findings: [] };
    scan.result ??= { at: now, findings: found.findings };
    const result = status === 'COMPLETE' ? scan.result : { at: Math.max(scan.result.at, found.at), findings: found.findings };
    const isPartial = left.partial > 0;
    if (isPartial) left.partial -= 1;
    return { ...view, findings: isPartial ? result.findings.slice(0, 1) : result.findings, completedAt: result.at };
  }
}

export function isScannable({ mediaType, artifactType, manifest }: StoredImage): boolean {
  return !isIndex(mediaType) && IMAGE_CONFIGS.includes(artifactType ?? IMAGE_CONFIGS[0]) && !manifest().includes(ATTESTATION);
}
