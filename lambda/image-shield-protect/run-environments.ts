import { Environment, environmentName, isGone, OrganizationScope, parseEnvironments } from '../../src/core/shield/environments';
import type { Finding } from '../../src/core/shield/findings';
import { environmentsKey, goneKey, listingFailureKey } from '../../src/core/shield/keys';
import type { ShieldObjects } from '../shared/shield/objects';

/** The environments that a run searches, read when they are needed. */
export class RunEnvironments {
  private byName?: Promise<ReadonlyMap<string, Environment>>;
  private wasListed?: Promise<boolean>;

  constructor(
    private readonly objects: ShieldObjects, private readonly run: string, private readonly organization: OrganizationScope | undefined,
  ) {}

  /** @param name `<account>/<region>` */
  async find(name: string): Promise<Environment | undefined> {
    return (await this.all()).get(name);
  }

  /** Whether the run searches the Region in any account. */
  async hasRegion(name: string): Promise<boolean> {
    return [...(await this.all()).values()].some(({ region }) => region === name);
  }

  async count(): Promise<number> {
    return (await this.all()).size;
  }

  /**
   * Returns whether an environment that is not in the list should be searched. That is a finding, once in a run, unless the accounts could
   * not be listed.
   */
  async reportIfGone(name: string): Promise<boolean> {
    if (!isGone(this.organization, name)) return false;
    this.wasListed ??= this.objects.read(listingFailureKey(this.run)).then(failure => failure === undefined);
    if (!await this.wasListed) return true;
    const [account] = name.split('/');
    const finding: Finding = {
      kind: 'environment-gone',
      message: `${name} was not searched, because account ${account} is no longer an active account of the organization, so nothing that`
        + ' was last seen there is released. If nothing runs there any more, add the account to \'excludedAccounts\'.',
      environment: name,
    };
    await this.objects.write(goneKey(this.run, name), JSON.stringify(finding));
    return true;
  }

  private all(): Promise<ReadonlyMap<string, Environment>> {
    return this.byName ??= this.read();
  }

  private async read(): Promise<ReadonlyMap<string, Environment>> {
    const environments = parseEnvironments((await this.objects.read(environmentsKey(this.run)))?.text ?? '');
    if (!environments) throw new Error(`the list of environments of run ${this.run} is missing. Start another run.`);
    return new Map(environments.map(environment => [environmentName(environment), environment]));
  }
}
