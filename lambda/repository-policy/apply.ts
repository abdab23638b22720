import { converge, PolicyJob } from './live-policy';
import { emptyPolicy, PolicyDocument, sidOf } from '../../src/core/policy/document';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { Claim, contestedSids, isOwnedBy, merge, ownerSuffix } from '../../src/core/policy/ownership';
import { RepositoryPolicyProperties } from '../../src/core/wire/repository-policy';
import { Explained } from '../shared/errors';
import { repositoryName } from '../shared/repository';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/target';

/** Create: puts the statements into the live policy, keeps everyone else's, and sees that both are there. */
export async function apply(job: PolicyJob): Promise<void> {
  requireOwnEnvironment(job, 'policy');
  const claim = claimOf(job);
  const name = repositoryName(job.properties.repositoryArn);
  await converge(job, found => {
    if (found === 'no repository') {
      throw new Explained(`Repository '${name}' does not exist in this account and Region — create it, or correct its name, and deploy again`);
    }
    const live = found === 'no policy' ? emptyPolicy() : found;
    judgeContested(job, claim, live, name);
    const wanted = merge(live, claim);
    return sameMeaning(wanted, live) ? undefined : wanted;
  }, statement => isOwnedBy(statement, claim.suffix));
  job.log(`repository '${name}' has the ${claim.statements.length} statements of this resource`);
}

/** Update: as Create; the statements of before carry the same owner and are replaced. */
export async function reapply(job: PolicyJob, old: RepositoryPolicyProperties | undefined): Promise<void> {
  await unlessRollingBack(job, async () => {
    refuseAnotherTarget(job, old?.repositoryArn, 'policy');
    await apply(job);
  });
}

function claimOf({ properties: { statements, adopt }, request }: PolicyJob): Claim {
  return { statements, adopt, suffix: ownerSuffix(request.StackId, request.LogicalResourceId) };
}

function judgeContested(job: PolicyJob, claim: Claim, live: PolicyDocument, name: string): void {
  const contested = contestedSids(live, claim);
  if (contested.length > 0 && !claim.adopt) {
    throw new Explained(
      `Repository '${name}': its policy has statements of somebody else under the same Sid: ${contested.join(', ')}`
      + ' — use another Sid, or say adopt: true to take them over; nothing was changed');
  }
  for (const statement of live.Statement.filter(one => contested.includes(sidOf(one) ?? ''))) {
    job.log(`repository '${name}': the statement that is adopted was: ${JSON.stringify(statement)}`);
  }
}
