import { roleOfSession, withoutPath } from './caller-arn';
import { conditionHolds, readOperator } from './iam-conditions';
import { globMatches } from './iam-patterns';
import type { Readings } from './readings';
import { asList, PolicyPrincipal, PolicyStatement, RepositoryPolicy, Texts } from './repository-policy';

/**
 * Whether the policy denies the caller to set another one. "If the policy you are attempting to set on a repository policy would prevent
 * you from setting another policy in the future, you must force the SetRepositoryPolicy operation" (API reference).
 */
export function locksOut(policy: RepositoryPolicy, caller: string, readings: Readings): boolean {
  return policy.Statement.some(statement => statement.Effect === 'Deny'
    && isAboutSetting(statement)
    && (concerns(statement, caller, readings) || readings.isOther('lock-out-caller'))
    && (statement.Condition === undefined || (mayHold(statement, caller) && !readings.isOther('lock-out-conditions'))));
}

function isAboutSetting({ Action, NotAction }: PolicyStatement): boolean {
  const includes = (actions: Texts) => asList(actions).some(action => globMatches(action.toLowerCase(), 'ecr:setrepositorypolicy'));
  return Action === undefined ? !includes(NotAction ?? []) : includes(Action);
}

function concerns({ Principal, NotPrincipal }: PolicyStatement, caller: string, readings: Readings): boolean {
  const names = (principal: PolicyPrincipal, form: string) =>
    principal === '*' || asList(principal.AWS ?? []).some(arn => arn === '*' || withoutPath(arn) === withoutPath(form));
  const forms = formsOf(caller);
  if (NotPrincipal === undefined) return forms.some(form => names(Principal!, form));
  const isNamed = (form: string) => names(NotPrincipal, form);
  return readings.isOther('lock-out-not-principal') ? !forms.some(isNamed) : !forms.every(isNamed);
}

function mayHold({ Condition }: PolicyStatement, caller: string): boolean {
  const context: Record<string, string> = {
    'aws:principalarn': roleOfSession(caller) ?? caller,
    'aws:principalaccount': caller.split(':')[4],
  };
  return Object.entries(Condition ?? {}).every(([operator, keys]) => Object.entries(keys).every(([key, value]) => {
    const values = (Array.isArray(value) ? value : [value]).map(String);
    const found = context[key.toLowerCase()];
    if (found === undefined || !readOperator(operator) || values.some(text => text.includes('${'))) return true;
    return conditionHolds(operator, values, [found]);
  }));
}

/** Returns the names of the caller in policies: its ARN, the role of its session, and the account. */
function formsOf(caller: string): string[] {
  const role = roleOfSession(caller);
  return [caller, ...role === undefined ? [] : [role], `arn:aws:iam::${caller.split(':')[4]}:root`];
}
