import type { ReplicationJob } from './replication-job';
import type { PolicyDocument } from '../../src/core/policy/document';
import {
  CREATE_REPOSITORY, REPLICATE_IMAGE, ReplicationRuling, replicationRuling, replicationStatement,
} from '../../src/core/policy/replication';
import { filtersOf, replicationRuleText } from '../../src/core/registry-rules/replication-rules';
import type { CheckedDestination, RegistryReplicationProperties } from '../../src/core/wire/registry-replication';
import { ClientLocation, EcrClients, resolveLocation } from '../shared/aws/ecr-clients';
import { messageWithLimit } from '../shared/protocol/denial';
import { isAccessDenied, UserError } from '../shared/protocol/errors';
import { Claims, ruleKey } from '../shared/registry/claims';
import { readRegistryPolicy } from '../shared/registry/registry-policy';
import { replicationRules } from '../shared/registry/replication-setting';
import type { RulesClients } from '../shared/registry/shared-rules';

/** A registry of another account, and the prefixes of the repositories that are replicated there. The prefix of all names is empty. */
interface Check extends Omit<CheckedDestination, 'rules'> {
  readonly prefixes: readonly string[];
}

/** Why a rule must not be written. */
interface Problem {
  readonly what: string;
  readonly remedy: string;
  /** Further line of the message: a statement, or an error of AWS. */
  readonly detail: string;
}

/** Number of registries, and of prefixes of each, in the first line of a message. */
const SHOWN = 5;

const TRY_AGAIN = 'Check that the Region is enabled in that account, then try again.';

/**
 * Refuses rules that lead to registries of other accounts which do not permit the replication. AWS documents that the replication then
 * fails, but not that ECR refuses such a rule.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
 *
 * @param old properties whose destinations were checked before, unless the trigger has changed
 * @throws UserError with all registries that do not permit it, or whose policies cannot be read
 */
export async function checkDestinations(
  job: ReplicationJob, clients: EcrClients & RulesClients, old?: RegistryReplicationProperties,
): Promise<void> {
  const byRole = new Map<string, Check[]>();
  for (const check of await checksDue(job, clients, old)) {
    const key = JSON.stringify([check.registryId, check.role.roleArn, check.role.externalId]);
    byRole.set(key, [...byRole.get(key) ?? [], check]);
  }
  const problems = (await Promise.all([...byRole.values()].map(checks => problemsOfAccount(job, clients, checks)))).flat();
  if (problems.length === 0) return;
  const what = shownOf(problems.map(problem => problem.what), '; ');
  const remedies = [...new Set(problems.map(({ remedy }) => remedy))].join(' ');
  const firstLine = `Registry '${job.properties.registryId}': ${what}. No rule was changed. ${remedies}`;
  throw new UserError([firstLine, ...problems.map(({ detail }) => detail)].join('\n'));
}

/** An Update does not repeat a check, so that it can remove other rules when a registry no longer permits what it did. */
async function checksDue(job: ReplicationJob, clients: RulesClients, old: RegistryReplicationProperties | undefined): Promise<Check[]> {
  const { properties } = job;
  if (properties.checked.length === 0) return [];
  const keyOf = ({ registryId, region, role }: Check, prefix: string) =>
    JSON.stringify([registryId, region, role.roleArn, role.externalId, prefix]);
  const before = old && old.trigger === properties.trigger ? checksOf(await withoutUnwritten(job, clients, old)) : [];
  const known = new Set(before.flatMap(check => check.prefixes.map(prefix => keyOf(check, prefix))));
  return checksOf(properties)
    .map(check => ({ ...check, prefixes: check.prefixes.filter(prefix => !known.has(keyOf(check, prefix))) }))
    .filter(({ prefixes }) => prefixes.length > 0);
}

/**
 * Leaves out the rules that the stack has not claimed, because the check refused them. AWS does not document whether an Update after one
 * that failed and was not rolled back has the properties of the failed one as its old ones.
 */
async function withoutUnwritten(
  job: ReplicationJob, clients: RulesClients, old: RegistryReplicationProperties,
): Promise<RegistryReplicationProperties> {
  const { subject, kind } = replicationRules(old.registryId, []);
  const { own } = await new Claims(clients.ssm(), subject, kind, job.request.StackId).read(job);
  const claimed = new Set([...own?.own ?? [], ...own?.found ?? []]);
  const isClaimed = (index: number) => claimed.has(ruleKey(replicationRuleText(old.rules[index])));
  return { ...old, checked: old.checked.map(destination => ({ ...destination, rules: destination.rules.filter(isClaimed) })) };
}

/** Replication within an account needs no policy. If the account of the stack is a token, synthesis cannot check that. */
function checksOf({ registryId: own, rules: all, checked }: RegistryReplicationProperties): Check[] {
  const prefixesOf = (index: number) => filtersOf(all[index]).length === 0 ? [''] : filtersOf(all[index]).map(({ filter }) => filter);
  return checked.filter(({ registryId }) => registryId !== own)
    .map(({ rules, ...destination }) => ({ ...destination, prefixes: [...new Set(rules.flatMap(prefixesOf))] }));
}

/** @param checks registries of one account, with the same role */
async function problemsOfAccount(job: ReplicationJob, clients: EcrClients, checks: readonly Check[]): Promise<Problem[]> {
  const [{ role, registryId }] = checks;
  let credentials: ClientLocation['credentials'];
  try {
    ({ credentials } = await resolveLocation(job, clients, { role }));
  } catch (error) {
    if (job.signal.aborted) throw error;
    return [{
      what: `the registry policy of account ${registryId} cannot be read, because the role ${role.roleArn} cannot be assumed`,
      remedy: isAccessDenied(error)
        ? 'Let the role trust this function\'s role, with the same external ID (RepositoryAccessRole), then deploy again.' : TRY_AGAIN,
      detail: messageWithLimit(error),
    }];
  }
  const problems = await Promise.all(checks.map(check => problemsOf(job, clients, check, credentials)));
  return problems.flat();
}

async function problemsOf(
  job: ReplicationJob, clients: EcrClients, check: Check, credentials: ClientLocation['credentials'],
): Promise<Problem[]> {
  const { region, registryId, role } = check;
  let policy: PolicyDocument | undefined;
  try {
    const live = await readRegistryPolicy({ ...job, ecr: clients.ecr({ region, credentials }) }, registryId);
    policy = live === 'no policy' ? undefined : live;
  } catch (error) {
    if (job.signal.aborted) throw error;
    return [{
      what: `the registry policy of ${placeOf(check)} cannot be read with the role ${role.roleArn}`,
      remedy: isAccessDenied(error)
        ? 'Give the role RepositoryCapability.readRegistryPolicy() (RepositoryAccessRole), then deploy again.' : TRY_AGAIN,
      detail: messageWithLimit(error),
    }];
  }
  const [, partition] = job.request.StackId.split(':');
  const arnOf = (prefix: string) => `arn:${partition}:ecr:${region}:${registryId}:repository/${prefix}`;
  const rulings = (action: string, prefixes: readonly string[]) => byRuling(prefixes, prefix =>
    replicationRuling(policy, job.properties.registryId, action, arnOf(prefix)));
  return rulings(REPLICATE_IMAGE, check.prefixes).flatMap(([ruling, prefixes]): Problem[] => {
    if (isRefusal(ruling)) return [problemOf(job, check, ruling, prefixes, prefixes.map(prefix => `${arnOf(prefix)}*`))];
    job.log(`replication to ${placeOf(check)} for ${namesOf(prefixes)}: ${ruling.verdict}, because ${ruling.because}`);
    for (const [{ verdict, because }, names] of rulings(CREATE_REPOSITORY, prefixes)) {
      if (verdict === 'allowed') continue;
      job.log(`missing repositories may not be created in ${placeOf(check)} for ${namesOf(names)}: ${verdict}, because ${because}`);
    }
    return [];
  });
}

function isRefusal({ verdict }: ReplicationRuling): boolean {
  return verdict === 'denied' || verdict === 'not allowed';
}

/** Returns each different ruling with its prefixes. */
function byRuling(
  prefixes: readonly string[], rulingOf: (prefix: string) => ReplicationRuling,
): Array<readonly [ReplicationRuling, readonly string[]]> {
  const groups = new Map<string, readonly [ReplicationRuling, string[]]>();
  for (const prefix of prefixes) {
    const ruling = rulingOf(prefix);
    const group = groups.get(ruling.because);
    if (group) group[1].push(prefix);
    else groups.set(ruling.because, [ruling, [prefix]]);
  }
  return [...groups.values()];
}

function problemOf(
  { properties: { registryId }, request: { StackId } }: ReplicationJob, check: Check, { verdict, because }: ReplicationRuling,
  prefixes: readonly string[], resources: readonly string[],
): Problem {
  const [, partition] = StackId.split(':');
  const what = `${placeOf(check)} does not permit the replication of ${namesOf(prefixes)}, because ${because}`;
  if (verdict === 'denied') {
    return {
      what,
      remedy: 'Ask the owner of a registry that denies it to change that statement, then deploy again.',
      detail: `${placeOf(check)}: ${because}`,
    };
  }
  const options = prefixes.includes('') ? '' : `, { prefixes: [${prefixes.map(prefix => `'${prefix}'`).join(', ')}] }`;
  return {
    what,
    remedy: 'Add the statements below to the policies of these registries (RegistryPermissions), then deploy again.',
    detail: `${placeOf(check)}: RegistryStatement.replicationFrom(['${registryId}']${options}), which is`
      + ` ${JSON.stringify(replicationStatement({ partition, account: registryId }, resources))}`,
  };
}

function placeOf({ region, registryId }: Check): string {
  return `${region} of ${registryId}`;
}

function namesOf(prefixes: readonly string[]): string {
  return shownOf(prefixes.map(prefix => prefix === '' ? 'all repositories' : `${prefix}*`), ', ');
}

function shownOf(texts: readonly string[], separator: string): string {
  return `${texts.slice(0, SHOWN).join(separator)}${texts.length > SHOWN ? ` and ${texts.length - SHOWN} more` : ''}`;
}
