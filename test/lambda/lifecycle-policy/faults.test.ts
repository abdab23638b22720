import type { Stack } from 'aws-cdk-lib';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { LifecyclePolicy, Repository, RepositoryLifecycle } from '../../../src';
import { CLEANING, CREATED, describeFaults, FaultScene, GOING, UPDATING } from '../fault-points';
import { markOf } from '../handler-scene';

const TYPE = 'Custom::EcrLifecyclePolicy';
const MARK = 'cdk-ecr-keeper:lifecycle-policy-by';
const [OURS, FALLBACK, THEIRS] = [50, 7, 999].map(maxImageCount => LifecyclePolicy.fromEcrRules([{ maxImageCount }]));

const build = ({ overwrite = false, onDelete = false } = {}) => (scope: Stack) => {
  new RepositoryLifecycle(scope, 'Lifecycle', {
    repository: Repository.fromRepositoryName(scope, 'Import', 'team/shared'),
    lifecycle: OURS,
    overwrite,
    onDelete: onDelete ? FALLBACK : undefined,
  });
};

interface Situation extends Pick<FaultScene, 'name' | 'build' | 'request' | 'history'> {
  readonly text?: string;
  readonly marked?: boolean;
  readonly after: { readonly text?: string; readonly marked: boolean };
}

const scene = ({ text, marked, after, ...rest }: Situation): FaultScene => ({
  ...rest,
  prepare: (account, stack) => {
    account.ecr.vanish('team/shared');
    account.ecr.seed({
      repositoryName: 'team/shared',
      images: 3,
      kind: 'flat',
      tags: marked ? { [MARK]: markOf(stack, TYPE) } : {},
      lifecyclePolicyText: text,
    });
  },
  isFinal: answer => answer?.Status === 'SUCCESS',
  expectEnd: (account, stack, answer) => {
    const { lifecyclePolicyText, tags, images } = account.ecr.repository('team/shared');
    expect(answer?.Status).toBe('SUCCESS');
    const mark = after.marked ? markOf(stack, TYPE) : undefined;
    expect({ lifecyclePolicyText, mark: tags[MARK] }).toEqual({ lifecyclePolicyText: after.text, mark });
    expect(images).toHaveLength(3);
  },
});

const creating = CREATED.slice(0, 1);
describeFaults(lifecyclePolicyHandler, TYPE, [
  scene({ name: 'Create', build: build(), request: 'Create', history: creating, after: { text: OURS._text, marked: true } }),
  scene({
    name: 'Create with overwrite',
    build: build({ overwrite: true }),
    request: 'Create',
    history: creating,
    text: THEIRS._text,
    after: { text: OURS._text, marked: true },
  }),
  scene({
    name: 'Update without mark and text', build: build(), request: 'Update', history: UPDATING, after: { text: OURS._text, marked: true },
  }),
  scene({ name: 'Delete', build: build(), request: 'Delete', history: GOING, text: OURS._text, marked: true, after: { marked: false } }),
  scene({
    name: 'Delete with onDelete',
    build: build({ onDelete: true }),
    request: 'Delete',
    history: CLEANING,
    text: OURS._text,
    marked: true,
    after: { text: FALLBACK._text, marked: false },
  }),
  scene({
    name: 'Delete of a policy that was changed',
    build: build(),
    request: 'Delete',
    history: CLEANING,
    text: THEIRS._text,
    marked: true,
    after: { text: THEIRS._text, marked: false },
  }),
]);
