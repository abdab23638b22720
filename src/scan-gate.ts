import { Annotations, CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { SHORTEST_SCAN_AGE } from './core/scan/scan-age';
import type { Severity } from './core/scan/severity';
import { encodeScanGate, SCAN_GATE_ATTRIBUTES, SCAN_GATE_RESOURCE_TYPE } from './core/wire/scan-gate';
import { SCAN_GATE_FUNCTION } from './private/handler/descriptors';
import { INSPECTOR_READS, SCAN } from './private/images/image-permissions';
import { digestAttribute, imageResource, numberAttribute } from './private/images/image-resource';
import { limitsOf, scanRuleProblems } from './private/images/scan-rules';
import { secondsProblems, triggerProblems } from './private/problems';
import {
  checkProps, DATE, DURATION, FLAG, listOf, NUMBER, PropertyTypes, REPOSITORY_IMAGE, required, struct, TEXT,
} from './private/property-types';
import { RepositoryImage } from './repository-image';

/**
 * Maximum number of findings that an image may have, for each severity.
 *
 * Each limit is a whole number of at least 0; 0 allows no finding. A finding counts for its own severity only. A severity that you do not
 * name keeps its default. To allow any number of findings of critical or high severity, set a limit that no image reaches.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html
 * @stability stable
 */
export interface FindingLimits {
  /**
   * Maximum number of findings of critical severity.
   *
   * @default 0
   */
  readonly critical?: number;

  /**
   * Maximum number of findings of high severity.
   *
   * @default 0
   */
  readonly high?: number;

  /**
   * Maximum number of findings of medium severity.
   *
   * @default - no limit
   */
  readonly medium?: number;

  /**
   * Maximum number of findings of low severity.
   *
   * @default - no limit
   */
  readonly low?: number;

  /**
   * Maximum number of findings of informational severity.
   *
   * @default - no limit
   */
  readonly informational?: number;

  /**
   * Maximum number of findings without a severity, which basic scanning calls undefined and enhanced scanning untriaged.
   *
   * @default - no limit
   */
  readonly untriaged?: number;
}

/**
 * Vulnerability that the gate ignores until a given date.
 *
 * @stability stable
 */
export interface IgnoredFinding {
  /** Name of the vulnerability, such as `CVE-2024-3094`. Must be unique in the list. Case is ignored. */
  readonly name: string;

  /**
   * Time from which the vulnerability counts again.
   *
   * After that time, it counts at the next deployment that evaluates the image. Images that are already deployed are not evaluated again.
   */
  readonly until: Date;
}

/**
 * Properties of `ScanGate`.
 *
 * @stability stable
 */
export interface ScanGateProps {
  /**
   * Image to evaluate, referenced by tag or digest. All images of a multi-architecture image are evaluated.
   *
   * If its repository is in another account, the repository must be imported with `access`.
   */
  readonly image: RepositoryImage;

  /**
   * Maximum number of findings of each severity.
   *
   * @default - 0 findings of critical or high severity, and any number of other findings
   */
  readonly limits?: FindingLimits;

  /**
   * Vulnerabilities that do not count as findings.
   *
   * @default - all findings count
   */
  readonly ignored?: IgnoredFinding[];

  /**
   * Time to wait for the scan to complete, in whole seconds, from 1 second to 14 minutes.
   *
   * @default Duration.minutes(10)
   */
  readonly timeout?: Duration;

  /**
   * Maximum age of a completed basic scan, in whole seconds, at least 24 hours. If the last scan is older, the gate starts a new one and
   * waits for it.
   *
   * A basic scan finds the vulnerabilities that are known when it runs. Amazon ECR scans an image at most once in 24 hours, so this is the
   * shortest age at which it always accepts a new scan. The property does not apply to enhanced scanning, because no enhanced scan can be
   * started. With continuous scanning, Amazon Inspector updates the findings. With scanning on push, an image keeps the findings of its
   * push.
   *
   * @default Duration.hours(24)
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html
   */
  readonly maxScanAge?: Duration;

  /**
   * Whether to accept an image that no scanner supports, such as one without a package manager or with an unknown operating system.
   *
   * @default false
   */
  readonly allowUnsupported?: boolean;

  /**
   * Value that you change to evaluate the image again, 1 to 256 characters.
   *
   * @default - the image is evaluated when the image or the rules of the gate change
   */
  readonly trigger?: string;
}

const PROPERTY_TYPES: PropertyTypes<ScanGateProps> = {
  image: required(REPOSITORY_IMAGE),
  limits: struct<FindingLimits>({ critical: NUMBER, high: NUMBER, medium: NUMBER, low: NUMBER, informational: NUMBER, untriaged: NUMBER }),
  ignored: listOf(struct<IgnoredFinding>({ name: required(TEXT), until: required(DATE) })),
  timeout: DURATION,
  maxScanAge: DURATION,
  allowUnsupported: FLAG,
  trigger: TEXT,
};

/**
 * Gate that fails a deployment if the scan of an image has more findings than allowed.
 *
 * Resources that use the digest or the URI of the gate's image, or depend on the gate, are deployed only after the image passed. Basic and
 * enhanced scanning are supported. With basic scanning, the gate starts a scan if the image was never scanned, or not within `maxScanAge`.
 * With enhanced scanning, the gate waits for Amazon Inspector. The gate never fails while a stack rolls back.
 *
 * @throws if a limit, the name of a vulnerability, `timeout`, `maxScanAge`, or `trigger` is invalid, or if the repository is in another
 * account and was imported without `access`
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
 *
 * @example
 * declare const until: Date;
 * declare const taskDefinition: ecs.TaskDefinition;
 *
 * const gate = new ScanGate(this, 'Gate', {
 *   image: RepositoryImage.fromRepository(Repository.fromRepositoryName(this, 'App', 'team/app'), 'build-123'),
 *   ignored: [{ name: 'CVE-2024-3094', until: until }],
 * });
 * const image = gate.image;
 * taskDefinition.addContainer('App', { image: image.toContainerImage() });
 * @stability stable
 */
export class ScanGate extends Construct {
  /** Image that passed the gate, referenced by digest. Resources that use its digest or URI are deployed only after the image passed. */
  public readonly image: RepositoryImage;

  private readonly resource: CustomResource;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Image and the rules of the gate.
   */
  constructor(scope: Construct, id: string, props: ScanGateProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const { ignored = [], timeout = Duration.minutes(10), maxScanAge = Duration.seconds(SHORTEST_SCAN_AGE) } = props;
    const { allowUnsupported = false, trigger } = props;
    warnOfExpired(this, ignored);
    const { repository, _tagOrDigest: tagOrDigest } = props.image;
    this.resource = imageResource(this, {
      repository,
      property: 'image.repository',
      resourceType: SCAN_GATE_RESOURCE_TYPE,
      descriptor: SCAN_GATE_FUNCTION,
      actions: SCAN,
      problems: [
        ...scanRuleProblems(props.limits, ignored),
        ...timeoutProblems(timeout),
        ...ageProblems(maxScanAge),
        ...triggerProblems(trigger),
      ],
      properties: (handler, location) => {
        if (!location.role) handler.allowOnAnyResource(INSPECTOR_READS);
        return encodeScanGate({
          repositoryArn: repository.repositoryRef.repositoryArn,
          tagOrDigest,
          limits: limitsOf(props.limits),
          ignored: ignored.map(({ name, until }) => ({ name, until: until.getTime() })),
          timeoutSeconds: timeout.toSeconds(),
          maxScanAgeSeconds: maxScanAge.toSeconds(),
          allowUnsupported,
          trigger,
          ...location,
        });
      },
    });
    this.image = RepositoryImage.fromRepository(repository, digestAttribute(this.resource, SCAN_GATE_ATTRIBUTES.digestHex));
  }

  /** Number of critical findings. Known only at deployment; ignored findings are not included. */
  public get criticalCount(): number {
    return this.count('CRITICAL');
  }

  /** Number of findings of high severity. Known only at deployment; ignored findings are not included. */
  public get highCount(): number {
    return this.count('HIGH');
  }

  /** Number of findings of medium severity. Known only at deployment; ignored findings are not included. */
  public get mediumCount(): number {
    return this.count('MEDIUM');
  }

  /** Number of findings of low severity. Known only at deployment; ignored findings are not included. */
  public get lowCount(): number {
    return this.count('LOW');
  }

  /** Number of informational findings. Known only at deployment; ignored findings are not included. */
  public get informationalCount(): number {
    return this.count('INFORMATIONAL');
  }

  /** Number of findings without a severity. Known only at deployment; ignored findings are not included. */
  public get untriagedCount(): number {
    return this.count('UNTRIAGED');
  }

  /** Number of ignored findings. Known only at deployment. */
  public get ignoredCount(): number {
    return numberAttribute(this.resource, SCAN_GATE_ATTRIBUTES.ignored);
  }

  /** Counts of all severities in one line, such as `3 MEDIUM, 12 LOW, 1 ignored`. Known only at deployment. */
  public get findingsSummary(): string {
    return this.resource.getAttString(SCAN_GATE_ATTRIBUTES.summary);
  }

  private count(severity: Severity): number {
    return numberAttribute(this.resource, severity);
  }
}

function warnOfExpired(scope: Construct, ignored: readonly IgnoredFinding[]): void {
  const expired = ignored.filter(({ until }) => until.getTime() <= Date.now());
  if (expired.length === 0) return;
  Annotations.of(scope).addWarningV2('cdk-ecr-keeper:ignored-finding-expired',
    `${expired.map(({ name, until }) => `${name} is ignored only until ${until.toISOString()}`).join(', ')}. After this time, the finding`
    + ' counts again. Check whether a fix exists, and remove the entry or set a later time');
}

/** The function stops after 15 minutes, and needs some of this time to respond. */
function timeoutProblems(timeout: Duration): string[] {
  const problems = secondsProblems('timeout', timeout);
  return problems.length > 0 || timeout.toSeconds() <= Duration.minutes(14).toSeconds() ? problems
    : [`'timeout' must be at most 14 minutes, got: ${timeout.toSeconds()} seconds`];
}

function ageProblems(age: Duration): string[] {
  const problems = secondsProblems('maxScanAge', age);
  return problems.length > 0 || age.toSeconds() >= SHORTEST_SCAN_AGE ? problems
    : [`'maxScanAge' must be at least 24 hours, because ECR scans an image once in 24 hours, got: ${age.toSeconds()} seconds`];
}
