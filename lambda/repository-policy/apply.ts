import { PolicyJob, readPolicy, writePolicy } from './live-policy';
import { emptyPolicy, PolicyDocument, Statement } from '../../src/core/policy/document';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { Claim, contestedSids, isOwnedBy, merge, ownerSuffix } from '../../src/core/policy/ownership';
import { RepositoryPolicyProperties } from '../../src/core/wire/repository-policy';
import { Explained } from '../shared/errors';
import { repositoryName } from '../shared/repository';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/target';

/** Another writer may come in between reading and writing; ECR has no conditional write. */
const ROUNDS = 5;

/** Create: puts the statements into the live policy, keeps everyone else's, and sees that both are there. */
export async function apply(job: PolicyJob): Promise<undefined> {
  requireOwnEnvironment(job, 'policy');
  const claim = claimOf(job);
  const isOwn = (statement: Statement) => isOwnedBy(statement, claim.suffix);
  const name = repositoryName(job.properties.repositoryArn);
  for (let round = 1; round <= ROUNDS; round++) {
    const live = await livePolicy(job, name);
    refuseContested(claim, live, name);
    const wanted = merge(live, claim);
    if (sameMeaning(wanted, live)) {
      job.log(`repository '${name}' has the ${claim.statements.length} statements of this resource`);
      return undefined;
    }
    if (round === ROUNDS) break;
    await writePolicy(job, wanted, isOwn);
    // the next round reads back: what was written is there, or another writer was
  }
  throw new Explained(`Repository '${name}': somebody else kept writing its policy during ${ROUNDS} attempts — try again when they are done`);
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

async function livePolicy(job: PolicyJob, name: string): Promise<PolicyDocument> {
  const live = await readPolicy(job);
  if (live === 'no repository') {
    throw new Explained(`Repository '${name}' does not exist in this account and Region — create it, or correct its name, and deploy again`);
  }
  return live === 'no policy' ? emptyPolicy() : live;
}

function refuseContested(claim: Claim, live: PolicyDocument, name: string): void {
  const contested = claim.adopt ? [] : contestedSids(live, claim);
  if (contested.length > 0) {
    throw new Explained(
      `Repository '${name}': its policy has statements of somebody else under the same Sid: ${contested.join(', ')}`
      + ' — use another Sid, or say adopt: true to take them over; nothing was changed');
  }
}
