import { Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

interface Declaration<T> {
  readonly value: T;
  /** Path of the construct that declared the value. */
  readonly path: string;
}

/** Remembers values that constructs of an app may declare only once. */
export class DeclaredOnce<T> {
  private readonly declarations = new WeakMap<IConstruct, Array<Declaration<T>>>();

  /** @param conflicts whether only one of two values may be declared. @default - equal values conflict */
  constructor(private readonly conflicts: (one: T, other: T) => boolean = Object.is) {}

  has({ node: { root } }: IConstruct, value: T): boolean {
    return this.declarations.get(root)?.some(earlier => this.conflicts(value, earlier.value)) ?? false;
  }

  /** @returns the earlier declaration that conflicts with this one; without a conflict undefined, and this one is remembered */
  declare(scope: IConstruct, value: T): Declaration<T> | undefined {
    const { root, path } = scope.node;
    const all = this.declarations.get(root) ?? [];
    this.declarations.set(root, all);
    const conflict = all.find(earlier => this.conflicts(value, earlier.value));
    if (!conflict) all.push({ value, path });
    return conflict;
  }
}

/** Returns the account of a stack and a Region. Those that are known only at deployment are distinguished by the stack. */
export function environmentOf({ account, region: own, node }: Stack, region = own): string {
  const known = (value: string) => Token.isUnresolved(value) ? node.path : value;
  return `${known(account)}/${known(region)}`;
}
