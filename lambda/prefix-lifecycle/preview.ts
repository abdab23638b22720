import { forEachRepository, PrefixLifecycleJob, PREVIEWS_AT_ONCE, throwIfFailed } from './repositories';
import type { OpenRepository } from './survey';
import { REFUSED_BY_GUARD } from '../../src/core/events/refusal-text';
import { searchOnce } from '../shared/in-use/references';
import type { LifecycleClients } from '../shared/lifecycle/clients';
import { searchDestinations } from '../shared/lifecycle/destination-findings';
import { guardAttributes, GuardEffect, NO_EFFECT, previewCommand, previewEffect } from '../shared/lifecycle/guard';
import { UserError } from '../shared/protocol/errors';
import type { Attributes } from '../shared/protocol/response';
import { repositoryName } from '../shared/repository/repository';

/**
 * Checks the guard for each repository that gets the policy, before the policy of any is changed.
 *
 * @throws UserError with the findings in all repositories
 */
export async function checkGuards(
  job: PrefixLifecycleJob, clients: LifecycleClients, open: readonly OpenRepository[],
): Promise<Attributes | undefined> {
  const { properties: { prefix, policyText, guard } } = job;
  if (!guard) return undefined;
  if (open.length === 0) return NO_EFFECT;
  const effects = new Map<string, GuardEffect>();
  const search = { findReferences: searchOnce(job, clients, guard.inUseBy), findInCopies: searchDestinations(job, clients, guard) };
  const failures = await forEachRepository(job, open.map(({ arn }) => arn), async (repositoryArn, attempt) => {
    const effect = await previewEffect(attempt, { repositoryArn, policyText, guard }, search);
    effects.set(repositoryArn, effect);
    if (guard.mode === 'warn' || effect.findings.length === 0) return;
    throw new UserError(`Repository '${repositoryName(repositoryArn)}': ${effect.findings.join('; ')}`);
  }, () => `Repositories under '${prefix}': time ran out after the guard had checked ${effects.size} of ${open.length}. Nothing was`
    + ' changed. Use several constructs with longer prefixes.', PREVIEWS_AT_ONCE);
  if (failures.some(({ isOperation }) => isOperation)) {
    throwIfFailed(job, failures, false, shown => `Repositories under '${prefix}': the lifecycle policy could not be previewed for`
      + ` ${failures.length} of ${open.length}, and nothing was changed: ${shown} Fix the cause, then deploy again.`);
  }
  throwIfFailed(job, failures, false, shown => `Repositories under '${prefix}': ${REFUSED_BY_GUARD} for`
    + ` ${failures.length} of ${open.length}, and nothing was changed: ${shown} Correct the policy or change the guard, and deploy again.`
    + ' To list all affected images of a repository, run such a command soon, because ECR keeps the preview only for a limited time:\n'
    + previewCommand(failures[0].arn));
  const sum = (part: 'expiring' | 'archiving') => [...effects.values()].reduce((total, effect) => total + (effect[part] ?? 0), 0);
  const findings = open.flatMap(({ arn }) => (effects.get(arn)?.findings ?? []).map(finding => `${repositoryName(arn)}: ${finding}`));
  return guardAttributes({ expiring: sum('expiring'), archiving: sum('archiving') }, findings);
}
