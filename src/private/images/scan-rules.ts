import { Token } from 'aws-cdk-lib';
import { SEVERITIES, Severity } from '../../core/scan/severity';
import type { FindingLimits } from '../../core/scan/verdict';

/** `FindingLimits`, without the public interface. */
type Limits = { readonly [severity in Lowercase<Severity>]?: number };

const DEFAULT: Limits = { critical: 0, high: 0 };
const NAMES = SEVERITIES.map(severity => severity.toLowerCase() as Lowercase<Severity>);

/** Returns the limits of all severities. A severity that is not set has its default. */
export function limitsOf(limits: Limits = {}): FindingLimits {
  return Object.fromEntries(SEVERITIES.flatMap((severity, index) => {
    const limit = limits[NAMES[index]] ?? DEFAULT[NAMES[index]];
    return limit === undefined ? [] : [[severity, limit]];
  }));
}

interface Ignored {
  readonly name: string;
  readonly until: Date;
}

export function scanRuleProblems(limits: Limits | undefined, ignored: readonly Ignored[]): string[] {
  const limitEntries = NAMES.flatMap(name => limits?.[name] === undefined ? [] : [[name, limits[name]] as const]);
  return [
    ...limitEntries.filter(([, limit]) => Token.isUnresolved(limit) || !(Number.isSafeInteger(limit) && limit >= 0))
      .map(([severity, limit]) =>
        `'limits.${severity}' must be a whole number of at least 0, got: ${Token.isUnresolved(limit) ? 'a token' : limit}`),
    ...ignored.flatMap(({ name }, index) => [
      ...name === '' || name.trim() !== name
        ? [`'ignored[${index}].name' must be the name of a vulnerability, got: ${JSON.stringify(name)}`] : [],
      ...ignored.slice(0, index).some(other => other.name.toUpperCase() === name.toUpperCase())
        ? [`'ignored[${index}].name' must be unique, got twice: ${name}`] : [],
    ]),
  ];
}
