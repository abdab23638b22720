import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './places';

/** Parts of a jsii assembly that the reference shows: https://github.com/aws/jsii/blob/main/packages/%40jsii/spec/src/assembly.ts */
export interface Assembly {
  readonly name: string;
  readonly types: Readonly<Record<string, Type>>;
}

export interface Docs {
  readonly summary?: string;
  readonly remarks?: string;
  readonly default?: string;
  readonly example?: string;
  readonly returns?: string;
  readonly see?: string;
  readonly custom?: { readonly throws?: string };
}

export interface Type {
  readonly fqn: string;
  readonly name: string;
  /** Submodule of the type. */
  readonly namespace?: string;
  readonly kind: 'class' | 'enum' | 'interface';
  readonly datatype?: boolean;
  readonly abstract?: boolean;
  readonly base?: string;
  readonly interfaces?: readonly string[];
  readonly docs?: Docs;
  readonly locationInModule: { readonly filename: string; readonly line: number };
  readonly initializer?: Callable;
  readonly methods?: readonly Method[];
  readonly properties?: readonly Property[];
  readonly members?: ReadonlyArray<{ readonly name: string; readonly docs?: Docs }>;
}

export interface Callable {
  readonly docs?: Docs;
  readonly parameters?: readonly Parameter[];
  readonly protected?: boolean;
}

export interface Method extends Callable {
  readonly name: string;
  readonly static?: boolean;
  readonly returns?: { readonly type: TypeReference; readonly optional?: boolean };
}

export interface Parameter {
  readonly name: string;
  readonly optional?: boolean;
  readonly variadic?: boolean;
  readonly type: TypeReference;
  readonly docs?: Docs;
}

export interface Property {
  readonly name: string;
  readonly optional?: boolean;
  readonly static?: boolean;
  readonly protected?: boolean;
  readonly type: TypeReference;
  readonly docs?: Docs;
}

export interface TypeReference {
  readonly fqn?: string;
  readonly primitive?: string;
  readonly collection?: { readonly kind: 'array' | 'map'; readonly elementtype: TypeReference };
  readonly union?: { readonly types: readonly TypeReference[] };
}

/** @throws if jsii has not compiled the library */
export function readAssembly(): Assembly {
  const file = join(PROJECT, '.jsii');
  if (!existsSync(file)) throw new Error('There is no .jsii, from which the reference is generated. Run `npx projen compile` first.');
  return JSON.parse(readFileSync(file, 'utf8')) as Assembly;
}
