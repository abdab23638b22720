import { NO_GUARDS } from '../../core/teardown/guards';
import { PublicRepositoryProperties } from '../../core/wire/public-repository';
import { commonWireOf, PublicTeardownPlan } from '../teardown/teardown-plan';

type PublicTeardownProperties = Pick<PublicRepositoryProperties, 'onStackDelete' | 'guards' | 'emptyTrigger' | 'audit'>;

/** Returns the properties for the handler. Without a teardown, the repository is kept. */
export function publicTeardownProperties(plan: PublicTeardownPlan | undefined): PublicTeardownProperties {
  if (plan === undefined || plan.kind === 'retain') return { onStackDelete: 'retain', guards: NO_GUARDS, audit: { isOn: false } };
  return {
    onStackDelete: plan.kind,
    ...commonWireOf(plan),
    emptyTrigger: plan.kind === 'empty' ? plan.trigger : undefined,
  };
}
