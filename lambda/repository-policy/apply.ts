import { repositoryTarget } from './target';
import { locksOut } from '../../src/core/policy/lock-out';
import { ownerSuffix } from '../../src/core/policy/ownership';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { RepositoryPolicyProperties } from '../../src/core/wire/repository-policy';
import { connectOnce, EcrClients } from '../shared/aws/ecr-clients';
import { mergeStatements } from '../shared/policy/statements';
import { UserError } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { repositoryName } from '../shared/repository/repository';

type RepositoryPolicyJob = Job<RepositoryPolicyProperties>;

/** Create: merges the statements into the policy of the repository. */
export async function apply(job: RepositoryPolicyJob, clients: EcrClients): Promise<void> {
  requireOwnEnvironment(job, 'policy');
  refuseLockOut(job);
  const { properties: { repositoryArn, force, statements, replaceExistingSids }, request } = job;
  await mergeStatements(await connectOnce(job, clients, job.properties), repositoryTarget(repositoryName(repositoryArn), force), {
    statements, replaceExistingSids, suffix: ownerSuffix(request.StackId, request.LogicalResourceId),
  });
}

/** Update: the same as Create. The previous statements have the same owner and are replaced. */
export async function reapply(
  job: RepositoryPolicyJob, clients: EcrClients, old: RepositoryPolicyProperties | undefined,
): Promise<void> {
  await unlessRollingBack(job, async () => {
    refuseAnotherTarget(job, old?.repositoryArn, 'policy');
    await apply(job, clients);
  });
}

/** Repeats the check of the synthesis for principals that are known only at deployment. */
function refuseLockOut({ properties: { repositoryArn, statements, force } }: RepositoryPolicyJob): void {
  const { account, repositoryName: name } = parseRepositoryArn(repositoryArn)!;
  const locking = force ? [] : statements.filter(statement => locksOut(statement, [account]));
  if (locking.length === 0) return;
  throw new UserError(
    `Repository '${name}': a statement denies the principal that deploys it permission to change the policy. Nothing was changed.`
    + ' Exempt this principal with a condition, or set \'force: true\'. Then only principals that the statement exempts can change the'
    + ` policy. The statement is ${JSON.stringify(locking[0])}.`);
}
