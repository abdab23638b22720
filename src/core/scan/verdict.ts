import { SEVERITIES, Severity } from './severity';
import { pluralize } from '../format';

export interface Finding {
  /** Name of the vulnerability, such as CVE-2024-3094. */
  readonly name: string;
  readonly severity: Severity;
  readonly packageName?: string;
  readonly packageVersion?: string;
  readonly fixedInVersion?: string;
}

/** Vulnerability that is ignored until a time in milliseconds since the epoch. */
export interface Ignored {
  readonly name: string;
  readonly until: number;
}

/** Maximum number of findings for each severity. A severity without a limit can have any number. */
export type FindingLimits = { readonly [severity in Severity]?: number };

export interface ScanRules {
  readonly limits: FindingLimits;
  readonly ignored: readonly Ignored[];
}

/** Number of findings that a message lists. */
const MAX_EXAMPLES = 5;

/**
 * Counts findings in any order. A vulnerability of the same package in several images of an index counts once, with its highest severity.
 * The same vulnerability in another package counts again, as in ECR.
 */
export class Verdict {
  private readonly findings = new Map<string, Finding>();
  private readonly ignoredUntil: ReadonlyMap<string, number>;

  constructor(private readonly rules: ScanRules, private readonly now: number) {
    this.ignoredUntil = new Map(rules.ignored.map(({ name, until }) => [name.toUpperCase(), until]));
  }

  public add(finding: Finding): void {
    const { name, severity, packageName, packageVersion } = finding;
    const key = JSON.stringify([name, packageName, packageVersion]);
    const knownFinding = this.findings.get(key);
    if (!knownFinding || rank(severity) < rank(knownFinding.severity)) this.findings.set(key, finding);
  }

  public count(severity: Severity): number {
    return this.of(severity).length;
  }

  public get ignored(): number {
    return [...this.findings.values()].filter(finding => this.isIgnored(finding)).length;
  }

  /** Severities with more findings than their limit. */
  public get exceeded(): readonly Severity[] {
    return SEVERITIES.filter(severity => this.count(severity) > (this.rules.limits[severity] ?? Infinity));
  }

  /** Counts of all severities that have findings. */
  public get summary(): string {
    const counts = SEVERITIES.filter(severity => this.count(severity) > 0).map(severity => `${this.count(severity)} ${severity}`);
    const ignored = this.ignored > 0 ? [`${this.ignored} ignored`] : [];
    return [...counts, ...ignored].join(', ') || 'no findings';
  }

  /** Reason for which the image does not pass. */
  public get reason(): string {
    const over = this.exceeded.map(severity =>
      `${pluralize(this.count(severity), `${severity} finding`)} (at most ${this.rules.limits[severity]})`);
    const findings = this.exceeded.flatMap(severity => this.of(severity));
    const more = findings.length - MAX_EXAMPLES;
    const onceIgnored = findings.map(({ name }) => name).filter(name => this.ignoredUntil.has(name.toUpperCase()));
    const expiredNames = [...new Set(onceIgnored)].slice(0, MAX_EXAMPLES);
    return `${over.join(', ')}: ${findings.slice(0, MAX_EXAMPLES).map(describeFinding).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
      + (expiredNames.length === 0 ? '' : `. No longer ignored: ${expiredNames.join(', ')}`);
  }

  private of(severity: Severity): Finding[] {
    return [...this.findings.values()].filter(finding => finding.severity === severity && !this.isIgnored(finding))
      .sort((a, b) => describeFinding(a) < describeFinding(b) ? -1 : 1);
  }

  private isIgnored({ name }: Finding): boolean {
    const until = this.ignoredUntil.get(name.toUpperCase());
    return until !== undefined && this.now < until;
  }
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function describeFinding({ name, severity, packageName, packageVersion, fixedInVersion }: Finding): string {
  const where = packageName === undefined ? '' : ` in ${packageName}${packageVersion === undefined ? '' : ` ${packageVersion}`}`;
  return `${name} ${severity}${where}${fixedInVersion === undefined ? '' : `, fixed in ${fixedInVersion}`}`;
}
