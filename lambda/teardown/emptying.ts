import { refusalContext } from './refusal-context';
import type { TeardownJob } from './teardown-job';
import { auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import type { Emptying, Occasion } from '../shared/teardown/empty-guarded';
import { checkGuards } from '../shared/teardown/guards';
import type { PrivateTarget } from '../shared/teardown/private-target';

/** How a private repository that stays is emptied. */
export function emptyingOf(job: TeardownJob, clients: TeardownClients, target: PrivateTarget, { tags, markIsMissing }: Occasion): Emptying {
  const { properties: { guards, exceptions, audit } } = job;
  return {
    target,
    exceptions,
    audit: () => auditOf(job, audit, clients),
    checkGuards: () => checkGuards(job, clients, target, tags, { guards, exceptions }),
    refusalContext: refusals => refusalContext(job, target, 'emptied', refusals, markIsMissing),
  };
}
