/** The grammar of private repository policies, with the actions of ECR Public. Behavior and sources: README.md. */
import { isRecord, parsedJson } from '../local-ecr/policy-text';
import type { Readings } from '../local-ecr/readings';
import { asList, invalidPolicy, parseRepositoryPolicy, PolicyStatement, RepositoryPolicy, Texts } from '../local-ecr/repository-policy';

const MAX_CHARACTERS = 10_240;
const PREFIX = /^ecr-public:/i;

export function parsePublicPolicy(text: string, readings: Readings): RepositoryPolicy {
  const policy = text.length <= MAX_CHARACTERS ? parsedJson(text) : undefined;
  if (!isRecord(policy)) throw invalidPolicy();
  const statements = readings.isOther('public-policy-resource') ? withoutResources(policy.Statement) : policy.Statement;
  const asPrivate = { ...policy, Statement: withActions(statements, action => action.replace(PREFIX, 'ecr:')) };
  parseRepositoryPolicy(JSON.stringify(asPrivate), readings);
  return policy as unknown as RepositoryPolicy;
}

/** Converts the statements about public actions for the checks of private ECR. A deny of `ecr:` does not lock out of `ecr-public:`. */
export function onPublicActions(policy: RepositoryPolicy): RepositoryPolicy {
  const own = (action: Texts) => asList(action).filter(text => PREFIX.test(text)).map(text => text.replace(PREFIX, 'ecr:'));
  return {
    ...policy,
    Statement: policy.Statement.map((statement): PolicyStatement => ({ ...statement, Action: own(statement.Action ?? []) })),
  };
}

function withoutResources(statements: unknown): unknown {
  return Array.isArray(statements) ? statements.map(statement => isRecord(statement) ? { ...statement, Resource: undefined } : statement)
    : statements;
}

/** Does not change invalid statements, which the grammar refuses later. */
function withActions(statements: unknown, change: (action: string) => string): unknown {
  const changed = (action: unknown) => typeof action === 'string' ? change(action) : action;
  if (!Array.isArray(statements)) return statements;
  return statements.map((statement: unknown) => {
    if (!isRecord(statement) || !('Action' in statement)) return statement;
    const { Action } = statement;
    return { ...statement, Action: Array.isArray(Action) ? Action.map(changed) : changed(Action) };
  });
}
