import { parseJson } from '../../src/core/json';
import { parseSearchResult, SearchResult, UNKNOWN_SOURCE } from '../../src/core/shield/found-use';
import { environmentKey, environmentsKey } from '../../src/core/shield/keys';
import type { ShieldObjects } from '../shared/shield/objects';

/**
 * The sources that a run searched. Reads the result of an environment only if an image was last seen there and was not seen now, so that
 * the number of calls follows what stops.
 */
export class SearchedSources {
  private readonly searched = new Map<string, boolean>();
  private environments?: ReadonlySet<string>;
  private readonly results: Record<string, Promise<SearchResult | undefined>> = {};

  /** @param seen sources in which this run found images, so that they were searched */
  constructor(private readonly objects: ShieldObjects, private readonly run: string, seen: Iterable<string>) {
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

  /** A source without an environment in this run is no longer configured. */
  private async isSearched(source: string): Promise<boolean> {
    this.environments ??= await this.readEnvironments();
    if (source === UNKNOWN_SOURCE) {
      for (const environment of this.environments) if (!await this.isServiceSearched(environment, '')) return false;
      return true;
    }
    const [environment, name = ''] = source.split(' ');
    return !this.environments.has(environment) || this.isServiceSearched(environment, serviceOf(name));
  }

  /**
   * Whether all sources of a service were searched, or of all services (''). The name of a source does not decide: an event is of the
   * service, whatever clusters are searched, and clusters can be added to a source later.
   */
  private async isServiceSearched(environment: string, service: string): Promise<boolean> {
    const result = await (this.results[environment] ??= this.readResult(environment));
    return result !== undefined && !Object.keys(result.failedSources).some(failed => service === '' || serviceOf(failed) === service);
  }

  private async readResult(environment: string): Promise<SearchResult | undefined> {
    return parseSearchResult((await this.objects.read(environmentKey(this.run, environment)))?.text ?? '');
  }

  private async readEnvironments(): Promise<ReadonlySet<string>> {
    const names = parseJson((await this.objects.read(environmentsKey(this.run)))?.text ?? '');
    if (!Array.isArray(names)) throw new Error(`the list of environments of run ${this.run} is missing. Start another run.`);
    return new Set(names.map(String));
  }
}

function serviceOf(source: string): string {
  return source.split(/[( ]/)[0];
}
