import {
  arnOf, beginCreation, connectHub, PREFIX, QUAY, ruleWith, startHub, TYPE, withSecret,
} from './cache-scene';
import { pullThroughCacheHandler } from '../../../lambda/pull-through-cache/handler';
import type { CacheRule } from '../../local-ecr/cache-rules';
import { LocalRegistry } from '../../local-registry/local-registry';
import { CLEANING, CREATED, describeFaults, FaultScene, UPDATING } from '../fault-points';

let hub: LocalRegistry;

beforeAll(async () => { hub = await startHub(); });
afterAll(() => hub.stop());

interface Situation extends Pick<FaultScene, 'name' | 'request' | 'history'> {
  readonly before?: Omit<CacheRule, 'prefix'>;
  /** Members of the rule at the end. */
  readonly after?: Partial<CacheRule>;
  readonly isRefused?: boolean;
}

function scene({ before, after, isRefused = false, ...rest }: Situation): FaultScene {
  return {
    ...rest,
    build: withSecret('first'),
    prepare: (account, stack) => {
      connectHub(account, hub);
      account.ecr.cacheRule(PREFIX, {}, before ?? 'deleted');
      if (rest.request === 'Create') beginCreation(account, stack);
    },
    isFinal: answer => isRefused ? answer?.Reason.includes('already has a rule') ?? false : answer?.Status === 'SUCCESS',
    expectTakenBack: account => {
      const rule = account.ecr.cacheRule(PREFIX);
      if (before) expect(rule).toEqual({ ...before, prefix: PREFIX });
      else expect(rule).toBeUndefined();
    },
    expectEnd: (account, _stack, answer) => {
      expect(answer?.Status).toBe(isRefused ? 'FAILED' : 'SUCCESS');
      const rule = account.ecr.cacheRule(PREFIX);
      if (after) expect(rule).toMatchObject(after);
      else expect(rule).toBeUndefined();
    },
  };
}

const OWN = { credentialArn: arnOf('first') };

describeFaults(pullThroughCacheHandler, TYPE, [
  scene({ name: 'Create', request: 'Create', history: CREATED.slice(0, 1), after: OWN }),
  scene({
    name: 'Create with a rule of another owner',
    request: 'Create',
    history: CREATED.slice(0, 1),
    before: QUAY,
    after: QUAY,
    isRefused: true,
  }),
  scene({
    name: 'Create with an equal rule of another owner',
    request: 'Create',
    history: CREATED.slice(0, 1),
    before: ruleWith('first'),
    after: ruleWith('first'),
    isRefused: true,
  }),
  scene({ name: 'Update of the secret', request: 'Update', history: UPDATING, before: ruleWith('second'), after: OWN }),
  scene({ name: 'Update of a rule that was deleted', request: 'Update', history: UPDATING, after: OWN }),
  scene({ name: 'Delete', request: 'Delete', history: CLEANING, before: ruleWith('first') }),
  scene({ name: 'Delete with a rule of another owner', request: 'Delete', history: CLEANING, before: QUAY, after: QUAY }),
]);
