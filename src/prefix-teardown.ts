import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { REGION } from './core/environment';
import { DEFAULT_MAX_REPOSITORIES, prefixProblems } from './core/teardown/prefix';
import { throwProblems, unlessToken } from './private/problems';
import { shortHash } from './private/short-hash';
import { tearDownPrefix } from './private/teardown/prefix-teardown';
import { Teardown } from './teardown';

/** Properties of `PrefixTeardown`. */
export interface PrefixTeardownProps {
  /**
   * What the names of the repositories begin with: whole segments, ending in `/`, for instance `cache/docker-hub/`. Not a token, and not ROOT.
   */
  readonly prefix: string;

  /**
   * `Teardown.deleteWithImages` with a `requireTag`: only repositories that carry the tag go, so give it with the repository creation template. The other
   * guards are asked of each repository.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
   */
  readonly teardown: Teardown;

  /**
   * Refuse when there are more repositories than this, in all Regions together.
   *
   * @default 50
   */
  readonly maxRepositories?: number;

  /**
   * The Regions to look in, of the stack's account.
   *
   * @default - the Region of the stack
   */
  readonly regions?: string[];
}

/**
 * Deletes the repositories under a prefix, which pull-through cache rules, replication or creation templates made, when the stack is deleted.
 *
 * Repositories that a stack declares or tears down on its own are left alone, as are those without the tag. A prefix, with its tag, belongs to one stack:
 * nothing in ECR could say that another one needs what is there. So take a tag that only the creation template gives, not one that is everywhere.
 *
 * A pull-through cache rule in the same stack makes a repository anew when somebody pulls meanwhile; with `rule.node.addDependency(teardown)` it goes first.
 *
 * @throws when the prefix overlaps that of another teardown of the app in the same place, or the teardown has no `requireTag`
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 *
 * @example
 * new PrefixTeardown(this, 'DockerHubCache', {
 *   prefix: 'cache/docker-hub/',
 *   teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
 * });
 */
export class PrefixTeardown extends Construct {
  constructor(scope: Construct, id: string, props: PrefixTeardownProps) {
    super(scope, id);
    throwProblems(this.node.path, problemsOf(this, props));
    const { prefix, regions = [], maxRepositories = DEFAULT_MAX_REPOSITORIES } = props;
    const plan = props.teardown._plan;
    if (plan.kind !== 'delete-with-images' || !plan.guards.requireTag) return;
    // another prefix is another resource: the old one's Delete leaves everything
    const target = new Construct(this, shortHash(prefix, 8));
    tearDownPrefix(target, { prefix, regions, maxRepositories, requireTag: plan.guards.requireTag, plan });
  }
}

interface Taken {
  readonly prefix: string;
  /** Account and Region; of a stack where they are known only at deploy, that stack. */
  readonly places: readonly string[];
  readonly path: string;
}

/** The prefixes of an app. */
const taken = new WeakMap<object, Taken[]>();

function problemsOf(scope: Construct, { prefix, teardown: { _plan: plan }, maxRepositories, regions = [] }: PrefixTeardownProps): string[] {
  return [
    ...Token.isUnresolved(prefix) ? ['\'prefix\' must be known when the app is synthesised, got a token'] : [...prefixProblems(prefix), ...overlaps(scope, prefix, regions)],
    ...plan.kind !== 'delete-with-images' ? [`'teardown' must be Teardown.deleteWithImages(), got: Teardown.${plan.kind}()`] : [
      ...plan.guards.requireTag ? [] : ['\'teardown\' must have a \'requireTag\', so that only what was made to be deleted is, got: nothing'],
      ...plan.alsoWhenRemoved ? ['\'alsoWhenRemoved\' needs a repository that the same stack declares'] : [],
      ...plan.replicaRegions.length > 0 ? ['\'replicaRegions\' must not be given for a prefix — name its \'regions\''] : [],
    ],
    ...unlessToken(maxRepositories, n => Number.isSafeInteger(n) && n >= 1 ? [] : [`'maxRepositories' must be a whole number of at least 1, got: ${n}`]),
    ...regions.flatMap((region, index) => !Token.isUnresolved(region) && REGION.test(region) ? []
      : [`'regions[${index}]' must be the name of a Region, such as eu-west-1, got: ${Token.isUnresolved(region) ? 'a token' : region}`]),
    ...new Set(regions).size < regions.length ? [`'regions' must name each Region once, got: ${regions.join(', ')}`] : [],
  ];
}

function overlaps(scope: Construct, prefix: string, regions: readonly string[]): string[] {
  const { account, region, node } = Stack.of(scope);
  const locationOf = (each: string) => `${Token.isUnresolved(account) ? node.path : account}/${Token.isUnresolved(each) ? node.path : each}`;
  const places = (regions.length > 0 ? regions : [region]).map(locationOf);
  const all = taken.get(scope.node.root) ?? [];
  taken.set(scope.node.root, all);
  const clash = all.filter(other => other.places.some(place => places.includes(place)))
    .find(other => other.prefix.startsWith(prefix) || prefix.startsWith(other.prefix));
  if (!clash) all.push({ prefix, places, path: scope.node.path });
  return clash ? [`'prefix' ${prefix} overlaps ${clash.prefix} at '${clash.path}', which is torn down already`] : [];
}
