import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PrefixLengths, registryPrefixProblems, withoutSlash } from '../../core/registry-prefix';
import { DeclaredOnce, environmentOf } from '../declared-once';
import { mustBeKnown } from '../guards';

/** Prefixes of one kind, of which a registry has each only once. */
export class DeclaredPrefixes {
  private readonly declared = new DeclaredOnce<string>();

  /** @param kind what has the prefix, such as `template` */
  constructor(private readonly kind: string, private readonly lengths: PrefixLengths) {}

  /** Returns the problems of a prefix, and remembers a prefix without problems. */
  problemsOf(scope: Construct, prefix: string): string[] {
    if (Token.isUnresolved(prefix)) return [mustBeKnown('prefix')];
    const problems = registryPrefixProblems(prefix, this.lengths);
    if (problems.length > 0) return problems;
    const earlier = this.declared.declare(scope, `${environmentOf(Stack.of(scope))} ${withoutSlash(prefix)}`);
    return earlier
      ? [`'prefix' ${prefix} already has a ${this.kind} at '${earlier.path}', and a registry can have only one for each prefix`] : [];
  }
}
