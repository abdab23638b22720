import { changePolicy, PolicyJob } from './live-policy';
import { emptyPolicy, PolicyDocument, sidOf } from '../../src/core/policy/document';
import { locksOut } from '../../src/core/policy/lock-out';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { Claim, contestedSids, isOwnedBy, merge, ownerSuffix } from '../../src/core/policy/ownership';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { RepositoryPolicyProperties } from '../../src/core/wire/repository-policy';
import { atLocationOnce, LocationClients } from '../shared/aws/location';
import { Explained } from '../shared/protocol/errors';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { repositoryName } from '../shared/repository/repository';

/** Create: puts the statements into the live policy, keeps everyone else's, and sees that both stay there. */
export async function apply(asked: PolicyJob, clients: LocationClients): Promise<void> {
  requireOwnEnvironment(asked, 'policy');
  refuseLockOut(asked);
  const job = await atLocationOnce(asked, clients, asked.properties);
  const claim = claimOf(job);
  const name = repositoryName(job.properties.repositoryArn);
  await changePolicy(job, found => {
    if (found === 'no repository') {
      throw new Explained(`Repository '${name}' does not exist in its account and Region — create it, or correct its name, and deploy again`);
    }
    const live = found === 'no policy' ? emptyPolicy() : found;
    judgeContested(job, claim, live, name);
    const wanted = merge(live, claim);
    return sameMeaning(wanted, live) ? undefined : wanted;
  }, statement => isOwnedBy(statement, claim.suffix));
  job.log(`repository '${name}' has the ${claim.statements.length} statements of this stack`);
}

/** Update: as Create; the statements of before carry the same owner and are replaced. */
export async function reapply(job: PolicyJob, clients: LocationClients, old: RepositoryPolicyProperties | undefined): Promise<void> {
  await unlessRollingBack(job, async () => {
    refuseAnotherTarget(job, old?.repositoryArn, 'policy');
    await apply(job, clients);
  });
}

function claimOf({ properties: { statements, adopt }, request }: PolicyJob): Claim {
  return { statements, adopt, suffix: ownerSuffix(request.StackId, request.LogicalResourceId) };
}

/** Also where a principal was known only at deploy. */
function refuseLockOut({ properties: { repositoryArn, statements, force } }: PolicyJob): void {
  const { account, repositoryName: name } = parseRepositoryArn(repositoryArn)!;
  const locking = force ? [] : statements.filter(statement => locksOut(statement, [account]));
  if (locking.length === 0) return;
  throw new Explained(
    `Repository '${name}': a statement denies changing the policy to whoever deploys it: ${JSON.stringify(locking[0])}`
    + ' — spare them with a condition, or say force: true, after which only principals that it spares can take it back; nothing was changed');
}

function judgeContested(job: PolicyJob, claim: Claim, live: PolicyDocument, name: string): void {
  const contested = contestedSids(live, claim);
  const foreign = contested.filter(sid => !claim.adopt.includes(sid));
  if (foreign.length > 0) {
    throw new Explained(
      `Repository '${name}': its policy has statements of somebody else under the same Sid: ${foreign.join(', ')}`
      + ' — use another Sid, or say adopt: true to take them over; nothing was changed');
  }
  if (sameMeaning(merge(live, claim), live)) return;
  for (const statement of live.Statement.filter(one => contested.includes(sidOf(one) ?? ''))) {
    job.log(`repository '${name}': the statement that is adopted was: ${JSON.stringify(statement)}`);
  }
}
