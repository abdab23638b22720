import { changePolicy, PolicyJob } from './live-policy';
import { emptyPolicy, PolicyDocument, sidOf, VERSION } from '../../src/core/policy/document';
import { locksOut } from '../../src/core/policy/lock-out';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { Claim, contestedSids, isOwnedBy, merge, ownerSuffix, reinterpretedStatements } from '../../src/core/policy/ownership';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { RepositoryPolicyProperties } from '../../src/core/wire/repository-policy';
import { connectOnce, EcrClients } from '../shared/aws/ecr-clients';
import { UserError } from '../shared/protocol/errors';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { repositoryName } from '../shared/repository/repository';

/** Create: merges the statements into the live policy, and confirms that they and those of others stay there. */
export async function apply(stackJob: PolicyJob, clients: EcrClients): Promise<void> {
  requireOwnEnvironment(stackJob, 'policy');
  refuseLockOut(stackJob);
  const job = await connectOnce(stackJob, clients, stackJob.properties);
  const claim = claimOf(job);
  const name = repositoryName(job.properties.repositoryArn);
  await changePolicy(job, reading => {
    if (reading === 'no repository') {
      throw new UserError(`Repository '${name}' does not exist in its account and Region — create it, or correct its name,`
        + ' and deploy again');
    }
    const live = reading === 'no policy' ? emptyPolicy() : reading;
    refuseReinterpretation(claim, live, name);
    refuseContestedSids(job, claim, live, name);
    const target = merge(live, claim);
    return sameMeaning(target, live) ? undefined : target;
  }, statement => isOwnedBy(statement, claim.suffix));
  job.log(`repository '${name}' has the ${claim.statements.length} statements of this stack`);
}

/** Update: as Create; the previous statements have the same owner and are replaced. */
export async function reapply(job: PolicyJob, clients: EcrClients, old: RepositoryPolicyProperties | undefined): Promise<void> {
  await unlessRollingBack(job, async () => {
    refuseAnotherTarget(job, old?.repositoryArn, 'policy');
    await apply(job, clients);
  });
}

function claimOf({ properties: { statements, replaceExistingSids }, request }: PolicyJob): Claim {
  return { statements, replaceExistingSids, suffix: ownerSuffix(request.StackId, request.LogicalResourceId) };
}

/** The check at synthesis, repeated for principals that are known only at deployment. */
function refuseLockOut({ properties: { repositoryArn, statements, force } }: PolicyJob): void {
  const { account, repositoryName: name } = parseRepositoryArn(repositoryArn)!;
  const locking = force ? [] : statements.filter(statement => locksOut(statement, [account]));
  if (locking.length === 0) return;
  throw new UserError(
    `Repository '${name}': a statement denies changing the policy to whoever deploys it: ${JSON.stringify(locking[0])}`
    + ' — exempt them with a condition, or set \'force: true\', after which only principals that it exempts can change the policy;'
    + ' nothing was changed');
}

/** Own policy variables need a version under which statements of others would mean something else. */
function refuseReinterpretation(claim: Claim, live: PolicyDocument, name: string): void {
  const statements = reinterpretedStatements(live, claim);
  if (statements.length === 0) return;
  const sids = statements.map(one => sidOf(one) ?? 'a statement without Sid').join(', ');
  throw new UserError(
    `Repository '${name}': its policy has the Version ${live.Version}, in which \${…} is plain text, and statements of this stack have`
    + ` policy variables; with the Version ${VERSION}, ${sids} of somebody else would mean something else — let the owner set that`
    + ' Version, with "${$}" for each "$" that is text, or give statements without variables; nothing was changed');
}

/** Logs the statements that are replaced. */
function refuseContestedSids(job: PolicyJob, claim: Claim, live: PolicyDocument, name: string): void {
  const contested = contestedSids(live, claim);
  const refused = contested.filter(sid => !claim.replaceExistingSids.includes(sid));
  if (refused.length > 0) {
    throw new UserError(
      `Repository '${name}': its policy has statements of somebody else with the same Sid: ${refused.join(', ')}`
      + ' — use another Sid, or set \'replaceExistingSids: true\' to replace them; nothing was changed');
  }
  if (sameMeaning(merge(live, claim), live)) return;
  for (const statement of live.Statement.filter(one => contested.includes(sidOf(one) ?? ''))) {
    job.log(`repository '${name}': the statement that is replaced was: ${JSON.stringify(statement)}`);
  }
}
