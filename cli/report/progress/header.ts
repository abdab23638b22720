import { createHash } from 'node:crypto';
import { version } from '../../../package.json';
import { isJsonObject } from '../../../src/core/json';
import type { ReportOrder, ReportOutputs } from '../order';
import type { ListedRepository } from '../reading/registry';

/** Number of the format of the file. */
export const FORMAT = 1;

/** What must be the same when a report goes on. */
export interface ReportOptions extends ReportOutputs {
  readonly registries: readonly string[];
  readonly role?: string;
  readonly inUse: boolean;
  readonly notPulled: number;
}

/** The first line of a progress file. */
export interface ProgressHeader {
  readonly format: typeof FORMAT;
  readonly version: string;
  readonly account: string;
  /** When the report began. */
  readonly at: number;
  readonly options: ReportOptions;
  /** Digest of the list of repositories. */
  readonly repositories: string;
}

export function headerOf(
  account: string, at: number, order: ReportOrder, registries: readonly string[], repositories: readonly ListedRepository[],
): ProgressHeader {
  return {
    format: FORMAT,
    version,
    account,
    at,
    options: {
      registries,
      ...order.role ? { role: order.role.arn } : {},
      inUse: order.searchesUse,
      notPulled: order.notPulledForDays,
      ...order.outputs,
    },
    repositories: digestOf(repositories),
  };
}

/** Returns the header, or undefined if the line is none. */
export function parseHeader(line: unknown): ProgressHeader | undefined {
  return isJsonObject(line) && line.format === FORMAT && typeof line.account === 'string' && typeof line.at === 'number'
    && isJsonObject(line.options) ? line as unknown as ProgressHeader : undefined;
}

/** Returns why a report with one header cannot go on with the other, as parts of a sentence. */
export function differences(recorded: ProgressHeader, current: ProgressHeader): string[] {
  const textOf = (value: unknown) => value === undefined ? 'nothing' : Array.isArray(value) ? value.join(', ') : String(value);
  const difference = (name: string, before: unknown, now: unknown) => {
    const [one, other] = [before, now].map(textOf);
    return one === other ? [] : [`${name} was ${one} and is now ${other}`];
  };
  const [was, is] = [recorded.options, current.options];
  return [
    ...difference('the version', recorded.version, current.version),
    ...difference('the account', recorded.account, current.account),
    ...difference('the registry', was.registries, is.registries),
    ...difference('--role', was.role, is.role),
    ...difference('--in-use', was.inUse, is.inUse),
    ...difference('--not-pulled', was.notPulled, is.notPulled),
    ...difference('--html', was.html, is.html),
    ...difference('--csv', was.csv, is.csv),
    ...difference('--json', was.json, is.json),
  ];
}

function digestOf(repositories: readonly ListedRepository[]): string {
  const hash = createHash('sha256');
  const sorted = [...repositories].sort((one, other) => one.arn < other.arn ? -1 : 1);
  for (const { arn, createdAt } of sorted) hash.update(`${arn} ${createdAt}\n`);
  return hash.digest('hex');
}
