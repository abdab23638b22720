import { CustomResource, Duration } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { tagOrDigestProblems } from './core/images/digest';
import type { Severity } from './core/scan/severity';
import { encodeScanGate, SCAN_GATE_ATTRIBUTES, SCAN_GATE_RESOURCE_TYPE } from './core/wire/scan-gate';
import { SCAN_GATE_FUNCTION } from './private/handler/descriptors';
import { INSPECTOR_READS, SCAN } from './private/images/image-permissions';
import { allowAnywhere, digestAttribute, imageResource, numberAttribute } from './private/images/image-resource';
import { limitsOf, scanRuleProblems } from './private/images/scan-rules';
import { secondsProblems, triggerProblems, unlessToken } from './private/problems';
import { imageUri } from './private/repository/image-uri';

/**
 * How many findings of a severity an image may have. 0 lets none through, and a finding counts for its own severity only.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html
 */
export interface FindingLimits {
  /**
   * Of critical ones.
   *
   * @default - any number
   */
  readonly critical?: number;
  /**
   * Of those of high severity.
   *
   * @default - any number
   */
  readonly high?: number;
  /**
   * Of those of medium severity.
   *
   * @default - any number
   */
  readonly medium?: number;
  /**
   * Of those of low severity.
   *
   * @default - any number
   */
  readonly low?: number;
  /**
   * Of informational ones.
   *
   * @default - any number
   */
  readonly informational?: number;
  /**
   * Of those whose severity nobody has judged yet. Basic scanning calls it undefined.
   *
   * @default - any number
   */
  readonly untriaged?: number;
}

/** A vulnerability that somebody has judged and accepted for a while. */
export interface IgnoredFinding {
  /** Its name, such as `CVE-2024-3094`. */
  readonly name: string;
  /** From when on it counts again. What was deployed before is not looked at again then, but the next deployment that asks is. */
  readonly until: Date;
}

/** Properties of `ScanGate`. */
export interface ScanGateProps {
  /** The repository: of this stack, of another one, or imported. One of another account must be imported with `access`. */
  readonly repository: aws_ecr.IRepositoryRef;

  /** The image to be judged: a tag or its digest. Of a multi-architecture image all images are. */
  readonly tagOrDigest: string;

  /**
   * How many findings are let through.
   *
   * @default - none that is critical or high, any number of others
   */
  readonly limits?: FindingLimits;

  /**
   * Vulnerabilities that do not count.
   *
   * @default - all count
   */
  readonly ignored?: IgnoredFinding[];

  /**
   * How long to wait for the scan to end, in whole seconds, at most 14 minutes.
   *
   * @default Duration.minutes(10)
   */
  readonly timeout?: Duration;

  /**
   * Whether to let an image through that no scanner can look into: one without a package manager, or of an operating system that they do not know.
   *
   * @default false
   */
  readonly allowUnsupported?: boolean;

  /**
   * Another text than before has the image judged again, though nothing else has changed.
   *
   * @default - it is judged once, when it or the rules for it change
   */
  readonly trigger?: string;
}

/**
 * Stops a deployment when scanning found too much in an image. What uses `imageDigest` or `imageUri`, or depends on the gate, is deployed only when the
 * image was let through.
 *
 * Basic and enhanced scanning are both understood. With basic scanning, an image that was never scanned is scanned; enhanced scanning is waited for. While
 * a stack rolls back, nothing is stopped.
 *
 * @throws when a limit, a name, the time or the tag is malformed, or the repository is in another account and was imported without `access`
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
 *
 * @example
 * declare const until: Date;
 * const gate = new ScanGate(this, 'Gate', {
 *   repository: Repository.fromRepositoryName(this, 'App', 'team/app'),
 *   tagOrDigest: 'build-123',
 *   ignored: [{ name: 'CVE-2024-3094', until }],
 * });
 * const image = ecs.ContainerImage.fromEcrRepository(gate.repository, gate.imageDigest);
 */
export class ScanGate extends Construct {
  /** The repository of the image. */
  public readonly repository: aws_ecr.IRepositoryRef;

  /** Digest of the image, for whatever takes a tag or a digest. */
  public readonly imageDigest: string;

  /** The image by its digest: `<account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:…`. */
  public readonly imageUri: string;

  private readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: ScanGateProps) {
    super(scope, id);
    const { repository, tagOrDigest, ignored = [], timeout = Duration.minutes(10), allowUnsupported = false, trigger } = props;
    this.resource = imageResource(this, {
      repository,
      resourceType: SCAN_GATE_RESOURCE_TYPE,
      descriptor: SCAN_GATE_FUNCTION,
      actions: SCAN,
      problems: [
        ...unlessToken(tagOrDigest, known => tagOrDigestProblems(known, 'tagOrDigest')),
        ...scanRuleProblems(props.limits, ignored),
        ...timeoutProblems(timeout),
        ...triggerProblems(trigger),
      ],
      properties: (handler, place) => {
        if (!place.role) allowAnywhere(handler, INSPECTOR_READS);
        return encodeScanGate({
          repositoryArn: repository.repositoryRef.repositoryArn,
          tagOrDigest,
          limits: limitsOf(props.limits),
          ignored: ignored.map(({ name, until }) => ({ name, until: until.getTime() })),
          timeoutSeconds: timeout.toSeconds(),
          allowUnsupported,
          trigger,
          ...place,
        });
      },
    });
    this.repository = repository;
    this.imageDigest = digestAttribute(this.resource, SCAN_GATE_ATTRIBUTES.digestHex);
    this.imageUri = imageUri(repository, this.imageDigest);
  }

  /** How many critical findings the image had when it was judged. */
  public get criticalCount(): number {
    return this.count('CRITICAL');
  }

  /** How many findings of high severity it had. */
  public get highCount(): number {
    return this.count('HIGH');
  }

  /** How many of medium severity. */
  public get mediumCount(): number {
    return this.count('MEDIUM');
  }

  /** How many of low severity. */
  public get lowCount(): number {
    return this.count('LOW');
  }

  /** How many that are informational. */
  public get informationalCount(): number {
    return this.count('INFORMATIONAL');
  }

  /** How many whose severity nobody had judged. */
  public get untriagedCount(): number {
    return this.count('UNTRIAGED');
  }

  /** How many were there but ignored. */
  public get ignoredCount(): number {
    return numberAttribute(this.resource, SCAN_GATE_ATTRIBUTES.ignored);
  }

  /** All counts in one line, such as `3 MEDIUM, 12 LOW, 1 ignored`. */
  public get findingsSummary(): string {
    return this.resource.getAttString(SCAN_GATE_ATTRIBUTES.summary);
  }

  private count(severity: Severity): number {
    return numberAttribute(this.resource, severity);
  }
}

/** The function answers within 15 minutes, and keeps some of them for that. */
function timeoutProblems(timeout: Duration): string[] {
  const problems = secondsProblems('timeout', timeout);
  return problems.length > 0 || timeout.toSeconds() <= Duration.minutes(14).toSeconds() ? problems
    : [`'timeout' must be at most 14 minutes, got: ${timeout.toSeconds()} seconds`];
}
