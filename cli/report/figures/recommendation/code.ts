import type { Part } from './part';
import { ImportedName, importLines, textLiteral } from '../../../adopt/typescript';
import type { Owner } from '../../repository-record';

export interface CodeSubject {
  /** Region of the repository. */
  readonly registry: string;
  readonly name: string;
  readonly owner: Owner;
  /** Whether the repository has another lifecycle policy. */
  readonly hasPolicy: boolean;
}

/** Renders the code that attaches a policy: in the stack that declares the repository, or in another one if no stack does. */
export function renderRecommendation(parts: readonly Part[], subject: CodeSubject): string {
  const { name, owner } = subject;
  const isDeclared = owner.kind === 'stack';
  const names = new Set<ImportedName>([
    'LifecyclePolicy', 'Repository', ...isDeclared ? [] : ['RepositoryLifecycle'] as const, ...parts.flatMap(({ imports }) => imports),
  ]);
  return [
    ...importLines(names),
    '',
    'const lifecycle = LifecyclePolicy.fromRules([',
    ...parts.map(({ code }) => `  ${code},`),
    ']);',
    ...isDeclared ? declarationLines(owner, name) : attachmentLines(subject),
    '',
  ].join('\n');
}

function declarationLines({ stack }: Owner, name: string): string[] {
  return [
    ...stack === undefined ? [] : [
      `// In the stack ${textLiteral(stack)}. Keep the construct id and the other properties of the repository.`,
    ],
    `new Repository(this, ${textLiteral(constructId(name))}, { repositoryName: ${textLiteral(name)}, lifecycle });`,
  ];
}

function attachmentLines({ registry, name, owner, hasPolicy }: CodeSubject): string[] {
  const id = constructId(name);
  return [
    `// In a stack in ${registry}.${owner.kind === 'unknown'
      ? ' If a stack declares the repository, set `lifecycle` of its Repository instead.' : ''}`,
    `new RepositoryLifecycle(this, ${textLiteral(`${id}Lifecycle`)}, {`,
    `  repository: Repository.fromRepositoryName(this, ${textLiteral(id)}, ${textLiteral(name)}),`,
    '  lifecycle,',
    ...hasPolicy ? ['  overwrite: true, // replaces the current policy, and writes it to the log of the function'] : [],
    '});',
  ];
}

/** Returns `TeamMyApp` for `team/my-app`. */
function constructId(name: string): string {
  return name.split(/[^a-z0-9]+/i).map(word => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}
