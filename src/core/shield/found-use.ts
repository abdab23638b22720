import { isJsonObject, parseJson } from '../json';

/** An image in use that the search of an environment found: one line of a file of uses. */
export interface FoundUse {
  readonly repositoryName: string;
  /** Digest or tag. */
  readonly image: string;
  /** `<account>/<region> <source>` */
  readonly source: string;
  /** One workload that uses it. */
  readonly usedBy: string;
  /** Number of other workloads. */
  readonly others: number;
}

export function renderFoundUse({ repositoryName, image, source, usedBy, others }: FoundUse): string {
  return JSON.stringify({ repositoryName, image, source, usedBy, others });
}

/** Returns undefined if the line is not a use. */
export function parseFoundUse(line: string): FoundUse | undefined {
  const use = parseJson(line);
  if (!isJsonObject(use) || !Number.isSafeInteger(use.others)) return undefined;
  const areTexts = [use.repositoryName, use.image, use.source, use.usedBy].every(each => typeof each === 'string');
  return areTexts ? use as unknown as FoundUse : undefined;
}

/** Result of the search of an environment, which is written after its uses. */
export interface SearchResult {
  readonly searchedAt: string;
  readonly uses: number;
  /** Reasons by the name of the source. Nothing that was last seen there is released. */
  readonly failedSources: Readonly<Record<string, string>>;
}

/** Returns undefined if the text is not a result. */
export function parseSearchResult(text: string): SearchResult | undefined {
  const result = parseJson(text);
  return isJsonObject(result) && isJsonObject(result.failedSources) ? result as unknown as SearchResult : undefined;
}

/** Source in the state of an image of which only the keep tag is known: it may be in use in any source. */
export const UNKNOWN_SOURCE = 'unknown';

/** Name of a source in the state. */
export function sourceIn(environment: string, source: string): string {
  return `${environment} ${source}`;
}
