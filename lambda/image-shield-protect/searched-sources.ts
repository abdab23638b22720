import { parseJson } from '../../src/core/json';
import { parseSearchResult } from '../../src/core/shield/found-use';
import { environmentKey, environmentsKey } from '../../src/core/shield/keys';
import type { ShieldObjects } from '../shared/shield/objects';

/**
 * The sources that a run searched. Reads the result of an environment only if an image was last seen there and was not seen now, so that
 * the number of calls follows what stops.
 */
export class SearchedSources {
  private readonly searched = new Map<string, boolean>();
  private environments?: ReadonlySet<string>;

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
  private async isSearched(sourceInEnvironment: string): Promise<boolean> {
    const [environment, ...name] = sourceInEnvironment.split(' ');
    this.environments ??= await this.readEnvironments();
    if (!this.environments.has(environment)) return true;
    const marker = await this.objects.read(environmentKey(this.run, environment));
    const result = parseSearchResult(marker?.text ?? '');
    const source = name.join(' ');
    // an event is of the service, whatever clusters are searched
    return result !== undefined && !Object.keys(result.failedSources).some(failed => failed === source || failed.startsWith(`${source}(`));
  }

  private async readEnvironments(): Promise<ReadonlySet<string>> {
    const names = parseJson((await this.objects.read(environmentsKey(this.run)))?.text ?? '');
    if (!Array.isArray(names)) throw new Error(`the list of environments of run ${this.run} is missing. Start another run.`);
    return new Set(names.map(String));
  }
}
