import { Statement } from '../policy/document';
import { parseRepositoryArn } from '../repository-arn';
import { flag, text, WireError } from './scalars';

/** Between `src/private` and `lambda/repository-policy`: the statements of one construct for a repository that its stack does not own. */
export const REPOSITORY_POLICY_RESOURCE_TYPE = 'Custom::EcrRepositoryPolicy';
export const REPOSITORY_POLICY_HANDLER = 'repository-policy';

export interface RepositoryPolicyProperties {
  readonly repositoryArn: string;
  readonly statements: Statement[];
  readonly adopt: boolean;
}

/** For the template. The statements travel as one JSON text, so that their own scalars stay what they are. */
export function encodeRepositoryPolicy(properties: { repositoryArn: string; statements: string; adopt: boolean }): Record<string, unknown> {
  return { RepositoryArn: properties.repositoryArn, Statements: properties.statements, Adopt: properties.adopt };
}

/** @throws WireError naming the property that does not decode */
export function decodeRepositoryPolicy(raw: Readonly<Record<string, unknown>>): RepositoryPolicyProperties {
  const repositoryArn = text(raw, 'RepositoryArn');
  if (!parseRepositoryArn(repositoryArn)) throw new WireError('RepositoryArn', 'the ARN of a private repository', repositoryArn);
  return { repositoryArn, statements: statementsOf(text(raw, 'Statements')), adopt: flag(raw, 'Adopt') };
}

function statementsOf(value: string): Statement[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new WireError('Statements', 'a JSON list of statements', value);
  }
  if (!Array.isArray(parsed)) throw new WireError('Statements', 'a JSON list of statements', value);
  return parsed as Statement[];
}
