import { SEVERITIES, Severity } from './severity';
import { counted } from '../shown';

export interface Finding {
  /** Of the vulnerability, such as CVE-2024-3094. */
  readonly name: string;
  readonly severity: Severity;
  readonly packageName?: string;
  readonly packageVersion?: string;
  readonly fixedInVersion?: string;
}

/** A vulnerability that is known and lived with, until a moment in milliseconds since the epoch. */
export interface Ignored {
  readonly name: string;
  readonly until: number;
}

/** How many findings of a severity are let through; of one that is not named, any number. */
export type FindingLimits = { readonly [severity in Severity]?: number };

export interface ScanRules {
  readonly limits: FindingLimits;
  readonly ignored: readonly Ignored[];
}

/** How many findings a message names. */
const NAMED = 5;

/**
 * Counts findings as they come. What is found in several images of an index, in the same package, counts once; the same vulnerability in another package
 * counts again, as it does for ECR.
 */
export class Verdict {
  private readonly seen = new Set<string>();
  private readonly counted = new Map<Severity, number>(SEVERITIES.map(severity => [severity, 0]));
  private readonly first = new Map<Severity, Finding[]>(SEVERITIES.map(severity => [severity, []]));
  private readonly ignoredUntil: ReadonlyMap<string, number>;
  private readonly expired = new Set<string>();
  private passedOver = 0;

  constructor(private readonly rules: ScanRules, private readonly now: number) {
    this.ignoredUntil = new Map(rules.ignored.map(({ name, until }) => [name.toUpperCase(), until]));
  }

  public add(finding: Finding): void {
    const { name, severity, packageName, packageVersion } = finding;
    const key = JSON.stringify([name, packageName, packageVersion]);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const until = this.ignoredUntil.get(name.toUpperCase());
    if (until !== undefined && this.now < until) {
      this.passedOver++;
      return;
    }
    if (until !== undefined) this.expired.add(name);
    this.counted.set(severity, this.count(severity) + 1);
    const named = this.first.get(severity)!;
    if (named.length < NAMED) named.push(finding);
  }

  public count(severity: Severity): number {
    return this.counted.get(severity)!;
  }

  public get ignored(): number {
    return this.passedOver;
  }

  /** The severities with more findings than are let through. */
  public get exceeded(): readonly Severity[] {
    return SEVERITIES.filter(severity => this.count(severity) > (this.rules.limits[severity] ?? Infinity));
  }

  /** Counts of all severities that have any. */
  public get summary(): string {
    const counts = SEVERITIES.filter(severity => this.count(severity) > 0).map(severity => `${this.count(severity)} ${severity}`);
    const ignored = this.ignored > 0 ? [`${this.ignored} ignored`] : [];
    return [...counts, ...ignored].join(', ') || 'no findings';
  }

  /** Why the image is not let through. */
  public get reason(): string {
    const over = this.exceeded.map(severity => `${counted(this.count(severity), `${severity} finding`)} (at most ${this.rules.limits[severity]})`);
    const named = this.exceeded.flatMap(severity => this.first.get(severity)!);
    const more = this.exceeded.reduce((sum, severity) => sum + this.count(severity), 0) - Math.min(named.length, NAMED);
    const expired = [...this.expired].slice(0, NAMED);
    return `${over.join(', ')}: ${named.slice(0, NAMED).map(described).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
      + (expired.length === 0 ? '' : ` — no longer ignored: ${expired.join(', ')}`);
  }
}

function described({ name, severity, packageName, packageVersion, fixedInVersion }: Finding): string {
  const where = packageName === undefined ? '' : ` in ${packageName}${packageVersion === undefined ? '' : ` ${packageVersion}`}`;
  return `${name} ${severity}${where}${fixedInVersion === undefined ? '' : `, fixed in ${fixedInVersion}`}`;
}
