import { changePolicy, PolicyJob } from './live-policy';
import { inSentence, PolicyTarget } from './target';
import { pluralize } from '../../../src/core/format';
import { emptyPolicy, PolicyDocument, sidOf, VERSION } from '../../../src/core/policy/document';
import { sameMeaning } from '../../../src/core/policy/normal-form';
import { Claim, contestedSids, isOwnedBy, merge, reinterpretedStatements, subtract } from '../../../src/core/policy/ownership';
import { UserError } from '../protocol/errors';

/** Merges the statements into the live policy, and confirms that these statements and those of other owners remain in it. */
export async function mergeStatements(job: PolicyJob, target: PolicyTarget, claim: Claim): Promise<void> {
  await changePolicy(job, target, reading => {
    if (reading === 'no repository') {
      throw new UserError(`${target.name} does not exist in its account and Region. Create it or correct its name, then deploy again.`);
    }
    const live = reading === 'no policy' ? emptyPolicy() : reading;
    refuseReinterpretation(target, claim, live);
    refuseContestedSids(job, target, claim, live);
    const merged = merge(live, claim);
    return sameMeaning(merged, live) ? undefined : merged;
  }, statement => isOwnedBy(statement, claim.suffix));
  job.log(`${inSentence(target)} has the ${pluralize(claim.statements.length, 'statement')} of this stack`);
}

/** Removes the statements with this suffix and no others. Deletes an empty policy. */
export async function removeStatements(job: PolicyJob, target: PolicyTarget, suffix: string): Promise<void> {
  await changePolicy(job, target, live => {
    if (live === 'no repository') return 'nothing';
    if (live === 'no policy') return undefined;
    const remaining = subtract(live, suffix);
    return sameMeaning(remaining, live) ? undefined : remaining;
  }, () => false);
  job.log(`${inSentence(target)} has no statements of this stack`);
}

/** Policy variables of this stack need a version that would change the meaning of statements of other owners. */
function refuseReinterpretation(target: PolicyTarget, claim: Claim, live: PolicyDocument): void {
  const statements = reinterpretedStatements(live, claim);
  if (statements.length === 0) return;
  const sids = statements.map(one => sidOf(one) ?? 'a statement without Sid').join(', ');
  throw new UserError(
    `${target.name}: statements of this stack have policy variables, which require policy version ${VERSION}. The policy has version`
    + ` ${live.Version}, in which \${…} is plain text. The new version would change the meaning of statements of another owner: ${sids}.`
    + ' Nothing was changed. Use statements without variables, or ask the owner to set the new version, with "${$}" for each literal "$".');
}

/** Logs each statement that is replaced. */
function refuseContestedSids(job: PolicyJob, target: PolicyTarget, claim: Claim, live: PolicyDocument): void {
  const contested = contestedSids(live, claim);
  const refused = contested.filter(sid => !claim.replaceExistingSids.includes(sid));
  if (refused.length > 0) {
    throw new UserError(
      `${target.name}: the policy already has statements of another owner with the same Sid: ${refused.join(', ')}. Nothing was changed.`
      + ' Use another Sid, or set \'replaceExistingSids: true\' to replace these statements.');
  }
  if (sameMeaning(merge(live, claim), live)) return;
  for (const statement of live.Statement.filter(one => contested.includes(sidOf(one) ?? ''))) {
    job.log(`${inSentence(target)}: replacing this statement: ${JSON.stringify(statement)}`);
  }
}
