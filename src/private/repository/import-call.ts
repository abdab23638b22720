import { Stack, Token } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { toReadableJson } from '../policy/rendered-statement';

/** A text as TypeScript, in the quotes that people write. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

type Options = Readonly<Record<string, string | undefined>>;

/** Options as code, those that are undefined left out. */
function optionsCode(options: Options): string {
  const set = Object.entries(options).filter(([, code]) => code !== undefined).map(([name, code]) => `${name}: ${code}`);
  return set.length === 0 ? '' : `, { ${set.join(', ')} }`;
}

/** A call that imports a repository by its ARN, which must be literal. */
export function importByArn(id: string, repositoryArn: string, options: Options = {}): string {
  return `ExistingRepository.fromRepositoryArn(this, ${quoted(id)}, ${quoted(repositoryArn)}${optionsCode(options)})`;
}

/** A call that imports a repository by its name. An account or a Region that is known only at deployment is that of the stack. */
export function importByName(
  id: string, name: string, { account, region }: { readonly account?: string; readonly region?: string }, options: Options = {},
): string {
  const known = (value: string | undefined) => value === undefined || Token.isUnresolved(value) ? undefined : quoted(value);
  return `ExistingRepository.fromRepositoryName(this, ${quoted(id)}, ${quoted(name)}`
    + `${optionsCode({ account: known(account), region: known(region), ...options })})`;
}

/**
 * A call that imports the repository again, to be pasted in place of the one that did. By ARN only if that is literal: `fromRepositoryArn`
 * takes no other, and the ARN of an import by name has the partition as a token. A name that is a token is shown as in a template.
 *
 * @param options more options, as code
 */
export function importCall(repository: aws_ecr.IRepositoryRef, options: Options): string {
  const { env, node: { id }, repositoryRef: { repositoryArn, repositoryName } } = repository;
  if (!Token.isUnresolved(repositoryArn)) return importByArn(id, repositoryArn, options);
  return importByName(id, String(toReadableJson(Stack.of(repository).resolve(repositoryName))), env, options);
}
