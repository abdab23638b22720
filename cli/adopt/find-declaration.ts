import { basename } from 'node:path';
import { DeclaredStack, readCloudAssembly } from './cloud-assembly';
import { DeclaredRepository, listRepositories } from './declared-repositories';
import { Failure } from '../failure';

/** Where the declaration is looked for. */
export interface DeclarationPlace {
  /** The folder of a cloud assembly. */
  readonly app: string;
  /** Id or name of a stack of the assembly; the name of the stack that a template is of. */
  readonly stack?: string;
  /** One template instead of an assembly. */
  readonly template?: string;
  readonly logicalId?: string;
}

const SHOWN = 5;

/** The one declaration of a repository of that name, which is text: CloudFormation imports no resource whose name it has to compute. */
export async function findDeclaration(name: string, place: DeclarationPlace): Promise<DeclaredRepository> {
  const where = place.template ?? place.app;
  const stacks = place.template === undefined ? chosenStacks(await readCloudAssembly(place.app), place)
    : [stackOfTemplate(place.template, place.stack)];
  const repositories = (await Promise.all(stacks.map(listRepositories))).flat()
    .filter(({ logicalId }) => place.logicalId === undefined || logicalId === place.logicalId);
  const matches = repositories.filter(repository => repository.name === name);
  if (matches.length === 0) throw new Failure([`${where}: ${absenceOf(name, repositories, place)}`]);
  if (matches.length > 1) throw new Failure([`${where}: ${ambiguityOf(name, matches)}`]);
  return matches[0];
}

export function addressOf({ logicalId, stack, isNested }: DeclaredRepository): string {
  return `${logicalId} of ${isNested ? 'a nested stack of ' : ''}stack '${stack.id}'`;
}

function chosenStacks(stacks: readonly DeclaredStack[], { app, stack: wanted }: DeclarationPlace): readonly DeclaredStack[] {
  if (wanted === undefined) return stacks;
  const matches = stacks.filter(({ id, name }) => id === wanted || name === wanted);
  if (matches.length > 0) return matches;
  throw new Failure([`${app}: there is no stack '${wanted}', its stacks are ${listed(stacks.map(({ id }) => `'${id}'`)) || 'none'}`]);
}

/** Nothing says to which environment a template on its own is deployed. */
function stackOfTemplate(templateFile: string, stackName?: string): DeclaredStack {
  const name = stackName ?? basename(templateFile).replace(/(\.template)?\.json$/, '');
  return { id: name, name, tags: new Map(), templateFile };
}

function absenceOf(name: string, repositories: readonly DeclaredRepository[], { logicalId }: DeclarationPlace): string {
  const unnamed = repositories.filter(repository => repository.name === undefined);
  const others = repositories.flatMap(repository => repository.name === undefined ? [] : [`'${repository.name}'`]);
  const hints = [
    ...unnamed.length === 0 ? [] : [`these have no name, or one that is known only at deployment: ${listed(unnamed.map(addressOf))}; if one`
      + ` of them is meant, write repositoryName: '${name}', because CloudFormation imports a repository only if its name is text`],
    ...others.length === 0 ? [] : [`declared are ${listed(others)}`],
  ];
  const found = `no repository '${name}'${logicalId === undefined ? '' : ` with the logical id ${logicalId}`} is declared`;
  return `${found} — ${hints.join('; ') || 'declare it, and run npx cdk synth'}`;
}

function ambiguityOf(name: string, matches: readonly DeclaredRepository[]): string {
  const addresses = listed(matches.map(addressOf));
  const stacks = new Set(matches.map(({ stack }) => stack.id));
  return `the repository '${name}' is declared ${matches.length} times: ${addresses} — ${stacks.size === matches.length
    ? 'name the stack with --stack; in one account and Region, only one of them can have it'
    : 'remove all declarations but one, because only one resource can have it'}`;
}

function listed(texts: readonly string[]): string {
  return `${texts.slice(0, SHOWN).join(', ')}${texts.length > SHOWN ? ` and ${texts.length - SHOWN} more` : ''}`;
}
