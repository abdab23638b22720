import { basename } from 'node:path';
import { DeclaredStack, readCloudAssembly } from './cloud-assembly';
import { DeclaredRepository, listRepositories } from './declared-repositories';
import { Failure } from '../failure';

/** Where to search for the declaration. */
export interface DeclarationPlace {
  /** The folder of a cloud assembly. */
  readonly app: string;
  /** Id or name of a stack in the assembly, or the name of the stack of a template. */
  readonly stack?: string;
  /** Path of one template, to use instead of an assembly. */
  readonly template?: string;
  readonly logicalId?: string;
}

const SHOWN = 5;

/**
 * Finds the only declaration of a repository with that name. The name must be text, because CloudFormation computes no name of an import.
 */
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
  throw new Failure([`${app}: stack '${wanted}' not found. The stacks are: ${listed(stacks.map(({ id }) => `'${id}'`)) || 'none'}`]);
}

/** Has no environment, because a template does not say where it is deployed. */
function stackOfTemplate(templateFile: string, stackName?: string): DeclaredStack {
  const name = stackName ?? basename(templateFile).replace(/(\.template)?\.json$/, '');
  return { id: name, name, tags: new Map(), templateFile };
}

function absenceOf(name: string, repositories: readonly DeclaredRepository[], { logicalId }: DeclarationPlace): string {
  const unnamed = repositories.filter(repository => repository.name === undefined);
  const others = repositories.flatMap(repository => repository.name === undefined ? [] : [`'${repository.name}'`]);
  const hints = [
    ...unnamed.length === 0 ? [] : ['The names of these repositories are generated or unknown until deployment:'
      + ` ${listed(unnamed.map(addressOf))}. If you mean one of them, set repositoryName: '${name}', because CloudFormation imports a`
      + ' repository only if its name is text'],
    ...others.length === 0 ? [] : [`The declared names are: ${listed(others)}`],
  ];
  const absence = `repository '${name}'${logicalId === undefined ? '' : ` with the logical id ${logicalId}`} is not declared`;
  return `${absence}. ${hints.join('. ') || 'Declare it, and run npx cdk synth'}`;
}

function ambiguityOf(name: string, matches: readonly DeclaredRepository[]): string {
  const addresses = listed(matches.map(addressOf));
  const stacks = new Set(matches.map(({ stack }) => stack.id));
  return `repository '${name}' is declared ${matches.length} times: ${addresses}. ${stacks.size === matches.length
    ? 'Specify the stack with --stack. In one account and Region, only one stack can own the repository'
    : 'Remove all declarations except one, because only one resource can own the repository'}`;
}

function listed(texts: readonly string[]): string {
  return `${texts.slice(0, SHOWN).join(', ')}${texts.length > SHOWN ? ` and ${texts.length - SHOWN} more` : ''}`;
}
