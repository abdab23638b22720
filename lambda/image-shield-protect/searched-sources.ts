import type { RunEnvironments } from './run-environments';
import { parseSearchResult, SearchResult, UNKNOWN_SOURCE } from '../../src/core/shield/found-use';
import { environmentKey, environmentResultsPrefix, searchFailuresPrefix } from '../../src/core/shield/keys';
import type { ShieldObjects } from '../shared/shield/objects';

/**
 * The sources that a run searched. Reads the result of an environment only if an image was last seen there and was not seen now, so that
 * the number of calls follows what stops.
 */
export class SearchedSources {
  private readonly searched = new Map<string, boolean>();
  private readonly results: Record<string, Promise<SearchResult | undefined>> = {};

  /** @param seen sources in which this run found images, so that they were searched */
  constructor(
    private readonly objects: ShieldObjects, private readonly run: string, private readonly environments: RunEnvironments,
    seen: Iterable<string>,
  ) {
    for (const source of seen) this.searched.set(source, true);
  }

  /** Finds out whether the sources were searched. */
  async load(sources: Iterable<string>): Promise<void> {
    for (const source of sources) {
      if (!this.searched.has(source)) this.searched.set(source, await this.isSearched(source));
    }
  }

  /** Whether the source was searched. A source that was not loaded counts as not searched, because images may still run there. */
  readonly has = (source: string): boolean => this.searched.get(source) === true;

  /** A source without an environment in this run is no longer configured, unless its account has disappeared from the organization. */
  private async isSearched(source: string): Promise<boolean> {
    if (source === UNKNOWN_SOURCE) return this.isEverythingSearched();
    const [environment, name = ''] = source.split(' ');
    if (await this.environments.find(environment)) return this.isServiceSearched(environment, serviceOf(name));
    return !await this.environments.reportIfGone(environment);
  }

  /** Whether each environment has a result, and no search failed. Lists keys instead of reading all results. */
  private async isEverythingSearched(): Promise<boolean> {
    if ((await this.objects.allKeys(searchFailuresPrefix(this.run))).length > 0) return false;
    const results = await this.objects.allKeys(environmentResultsPrefix(this.run));
    return results.length === await this.environments.count();
  }

  /**
   * Whether all sources of a service were searched. The name of a source does not decide: an event is of the service, whatever clusters
   * are searched, and clusters can be added to a source later.
   */
  private async isServiceSearched(environment: string, service: string): Promise<boolean> {
    const result = await (this.results[environment] ??= this.readResult(environment));
    return result !== undefined && !Object.keys(result.failedSources).some(failed => serviceOf(failed) === service);
  }

  private async readResult(environment: string): Promise<SearchResult | undefined> {
    return parseSearchResult((await this.objects.read(environmentKey(this.run, environment)))?.text ?? '');
  }
}

function serviceOf(source: string): string {
  return source.split(/[( ]/)[0];
}
