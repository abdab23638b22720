import type { Stack } from 'aws-cdk-lib';
import { prefixLifecycleHandler } from '../../../lambda/prefix-lifecycle/handler';
import { LifecycleGuard, LifecyclePolicy, registry } from '../../../src';
import type { DeployedStack } from '../deployed-stack';
import { CREATED, describeFaults, FaultScene, GOING, UPDATING } from '../fault-points';
import { markOf } from '../handler-scene';
import type { LocalAccount } from '../local-account';

const TYPE = 'Custom::EcrPrefixLifecycle';
const MARK = 'cdk-ecr-keeper:prefix-lifecycle-by';
const [OURS, THEIRS] = [50, 999].map(maxImageCount => LifecyclePolicy.fromEcrRules([{ maxImageCount }]));

const build = (props: Partial<registry.PrefixLifecycleProps> = {}) => (scope: Stack) => {
  new registry.PrefixLifecycle(scope, 'Existing', { prefix: 'hub/', lifecycle: OURS, ...props });
};

/** The policies of both repositories under the prefix, and whether they carry the mark. */
interface State {
  readonly texts: readonly [string?, string?];
  readonly marked: boolean;
}

interface Situation extends Pick<FaultScene, 'name' | 'build' | 'request' | 'history'> {
  readonly before: State;
  readonly after: State;
}

const scene = ({ before, after, ...rest }: Situation): FaultScene => {
  const expectState = (account: LocalAccount, stack: DeployedStack, { texts, marked }: State) => {
    const mark = marked ? markOf(stack, TYPE) : undefined;
    const live = ['hub/a', 'hub/b', 'hubris/c'].map(name => account.ecr.repository(name));
    expect(live.map(({ lifecyclePolicyText }) => lifecyclePolicyText)).toEqual([...texts, THEIRS._text]);
    expect(live.map(({ tags }) => tags[MARK])).toEqual([mark, mark, undefined]);
    expect(live.map(({ images }) => images.length)).toEqual([3, 3, 3]);
  };
  return {
    ...rest,
    prepare: (account, stack) => {
      for (const [name, text, marked] of [
        ['hub/a', before.texts[0], before.marked], ['hub/b', before.texts[1], before.marked], ['hubris/c', THEIRS._text, false],
      ] as const) {
        account.ecr.vanish(name);
        account.ecr.seed({
          repositoryName: name,
          images: 3,
          kind: 'flat',
          tags: marked ? { [MARK]: markOf(stack, TYPE) } : {},
          lifecyclePolicyText: text,
        });
      }
    },
    isFinal: answer => answer?.Status === 'SUCCESS',
    expectEnd: (account, stack, answer) => {
      expect(answer?.Status).toBe('SUCCESS');
      expectState(account, stack, after);
    },
    expectTakenBack: (account, stack) => expectState(account, stack, before),
  };
};

const NONE: State = { texts: [undefined, undefined], marked: false };
const OWN: State = { texts: [OURS._text, OURS._text], marked: true };

describeFaults(prefixLifecycleHandler, TYPE, [
  scene({
    name: 'Create with a guard',
    build: build({ guard: LifecycleGuard.refuse({ maxImages: 0 }) }),
    request: 'Create',
    history: CREATED.slice(0, 1),
    before: NONE,
    after: OWN,
  }),
  scene({
    name: 'Update with overwrite',
    build: build({ overwrite: true }),
    request: 'Update',
    history: UPDATING,
    before: { texts: [THEIRS._text, undefined], marked: false },
    after: OWN,
  }),
  scene({ name: 'Delete', build: build(), request: 'Delete', history: GOING, before: OWN, after: NONE }),
]);
