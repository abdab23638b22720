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

/** Create: merges the statements into the live policy, and confirms that these statements and those of other owners remain in it. */
export async function apply(stackJob: PolicyJob, clients: EcrClients): Promise<void> {
  requireOwnEnvironment(stackJob, 'policy');
  refuseLockOut(stackJob);
  const job = await connectOnce(stackJob, clients, stackJob.properties);
  const claim = claimOf(job);
  const name = repositoryName(job.properties.repositoryArn);
  await changePolicy(job, reading => {
    if (reading === 'no repository') {
      throw new UserError(`Repository '${name}' does not exist in its account and Region. Create it or correct its name,`
        + ' then deploy again.');
    }
    const live = reading === 'no policy' ? emptyPolicy() : reading;
    refuseReinterpretation(claim, live, name);
    refuseContestedSids(job, claim, live, name);
    const target = merge(live, claim);
    return sameMeaning(target, live) ? undefined : target;
  }, statement => isOwnedBy(statement, claim.suffix));
  job.log(`repository '${name}' has the ${claim.statements.length} statements of this stack`);
}

/** Update: the same as Create. The previous statements have the same owner and are replaced. */
export async function reapply(job: PolicyJob, clients: EcrClients, old: RepositoryPolicyProperties | undefined): Promise<void> {
  await unlessRollingBack(job, async () => {
    refuseAnotherTarget(job, old?.repositoryArn, 'policy');
    await apply(job, clients);
  });
}

function claimOf({ properties: { statements, replaceExistingSids }, request }: PolicyJob): Claim {
  return { statements, replaceExistingSids, suffix: ownerSuffix(request.StackId, request.LogicalResourceId) };
}

/** Repeats the check of the synthesis for principals that are known only at deployment. */
function refuseLockOut({ properties: { repositoryArn, statements, force } }: PolicyJob): void {
  const { account, repositoryName: name } = parseRepositoryArn(repositoryArn)!;
  const locking = force ? [] : statements.filter(statement => locksOut(statement, [account]));
  if (locking.length === 0) return;
  throw new UserError(
    `Repository '${name}': a statement denies the principal that deploys it permission to change the policy. Nothing was changed.`
    + ' Exempt this principal with a condition, or set \'force: true\'. Then only principals that the statement exempts can change the'
    + ` policy. The statement is ${JSON.stringify(locking[0])}.`);
}

/** Policy variables of this stack need a version that would change the meaning of statements of other owners. */
function refuseReinterpretation(claim: Claim, live: PolicyDocument, name: string): void {
  const statements = reinterpretedStatements(live, claim);
  if (statements.length === 0) return;
  const sids = statements.map(one => sidOf(one) ?? 'a statement without Sid').join(', ');
  throw new UserError(
    `Repository '${name}': statements of this stack have policy variables, which require policy version ${VERSION}. The policy has`
    + ` version ${live.Version}, in which \${…} is plain text. The new version would change the meaning of statements of another owner:`
    + ` ${sids}. Nothing was changed. Use statements without variables, or ask the owner to set the new version, with "\${$}" for each`
    + ' literal "$".');
}

/** Logs each statement that is replaced. */
function refuseContestedSids(job: PolicyJob, claim: Claim, live: PolicyDocument, name: string): void {
  const contested = contestedSids(live, claim);
  const refused = contested.filter(sid => !claim.replaceExistingSids.includes(sid));
  if (refused.length > 0) {
    throw new UserError(
      `Repository '${name}': the policy already has statements of another owner with the same Sid: ${refused.join(', ')}.`
      + ' Nothing was changed. Use another Sid, or set \'replaceExistingSids: true\' to replace these statements.');
  }
  if (sameMeaning(merge(live, claim), live)) return;
  for (const statement of live.Statement.filter(one => contested.includes(sidOf(one) ?? ''))) {
    job.log(`repository '${name}': replacing this statement: ${JSON.stringify(statement)}`);
  }
}
