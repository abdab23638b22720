import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DeclaredOnce, environmentOf } from './declared-once';
import { mustBeKnown } from './guards';
import { prefixProblems } from '../core/teardown/prefix';

interface DeclaredPrefix {
  readonly prefix: string;
  /** Accounts and Regions, or the stack if they are known only at deployment. */
  readonly environments: readonly string[];
}

/** Prefixes for which constructs of an app have an effect that each repository may have only once. */
export class OverlappingPrefixes {
  private readonly prefixes = new DeclaredOnce<DeclaredPrefix>((one, other) => one.environments.some(each =>
    other.environments.includes(each)) && (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)));

  /** @param effect the effect in messages: `a teardown` */
  constructor(private readonly effect: string) {}

  /**
   * Returns the problems of a prefix. Without a problem, remembers it.
   *
   * @param regions Regions of the repositories, in the account of the stack; the Region of the stack if there is none
   */
  problemsOf(scope: Construct, prefix: string, regions: readonly string[] = []): string[] {
    if (Token.isUnresolved(prefix)) return [mustBeKnown('prefix')];
    const stack = Stack.of(scope);
    const environments = (regions.length > 0 ? regions : [stack.region]).map(region => environmentOf(stack, region));
    const earlier = this.prefixes.declare(scope, { prefix, environments });
    return [
      ...prefixProblems(prefix),
      ...earlier ? [`'prefix' ${prefix} overlaps with ${earlier.value.prefix} at '${earlier.path}', which already has ${this.effect}`] : [],
    ];
  }
}
