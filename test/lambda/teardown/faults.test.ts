import type { Stack } from 'aws-cdk-lib';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { Repository, RepositoryTeardown, Teardown } from '../../../src';
import type { FaultKind } from '../../local-ecr/faults';
import { DeployedStack } from '../deployed-stack';
import { Answer, LocalAccount, RequestType } from '../local-account';

/**
 * Every call that the handler makes, hit by every fault, once and for as long as the request lasts; then CloudFormation's retry.
 * The end state is the one that a request without faults leaves.
 */
const MARK = 'cdk-ecr-keeper:teardown-by';
const FAULTS: FaultKind[] = ['throttle', 'serverError', 'reset', 'accessDenied', 'killAfter'];
const STAGE = { stage: 'test' };

interface Scene {
  readonly name: string;
  readonly build: (stack: Stack) => void;
  readonly repository: string;
  readonly request: RequestType;
  /** Stack-level statuses up to the request. */
  readonly history: readonly string[];
  readonly marked: boolean;
  readonly tags?: Record<string, string>;
  readonly expected: 'deleted' | 'marked' | 'unmarked' | 'refused';
}

const owned = (scope: Stack) => {
  new Repository(scope, 'App', {
    repositoryName: 'team/app',
    teardown: Teardown.deleteWithImages({ maxImages: 9, requireTag: { key: 'stage', value: 'test' } }),
  });
};
const imported = (scope: Stack) => {
  new RepositoryTeardown(scope, 'Legacy', {
    repository: Repository.fromRepositoryName(scope, 'Import', 'team/legacy'),
    teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
  });
};

const CREATED = ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'];
const UPDATING = [...CREATED, 'UPDATE_IN_PROGRESS'];
const CLEANING = [...CREATED, 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'];
const GOING = [...CREATED, 'DELETE_IN_PROGRESS'];

const imports = { build: imported, repository: 'team/legacy', tags: STAGE };
const owns = { build: owned, repository: 'team/app', tags: STAGE };
const SCENES: Scene[] = [
  { ...imports, name: 'Create, imported', request: 'Create', history: ['CREATE_IN_PROGRESS'], marked: false, expected: 'marked' },
  { ...imports, name: 'Update, imported, mark lost', request: 'Update', history: UPDATING, marked: false, expected: 'marked' },
  { ...imports, name: 'Delete, imported, leaves the template', request: 'Delete', history: CLEANING, marked: true, expected: 'unmarked' },
  { ...imports, name: 'Delete, imported, stack goes', request: 'Delete', history: GOING, marked: true, expected: 'deleted' },
  { ...imports, name: 'Delete, imported, refused', request: 'Delete', history: GOING, marked: true, tags: {}, expected: 'refused' },
  { ...owns, name: 'Create, owned', request: 'Create', history: ['CREATE_IN_PROGRESS'], marked: true, expected: 'marked' },
  { ...owns, name: 'Delete, owned, leaves the template', request: 'Delete', history: CLEANING, marked: true, expected: 'unmarked' },
  { ...owns, name: 'Delete, owned, stack goes', request: 'Delete', history: GOING, marked: true, expected: 'deleted' },
];

let account: LocalAccount;
beforeAll(async () => { account = await LocalAccount.start(); });
afterAll(() => account.stop());

let runs = 0;

/** A fresh stack and repository, so that points do not see each other. */
function prepare(scene: Scene): DeployedStack {
  const uuid = `${String(++runs).padStart(8, '0')}-0000-0000-0000-000000000000`;
  const stack = DeployedStack.of('Test', scene.build, uuid);
  account.ecr.faults.clear();
  account.cloudFormation.faults.clear();
  account.responses.faults.clear();
  account.ecr.clearCalls();
  account.cloudFormation.clearCalls();
  account.ecr.vanish(scene.repository);
  account.ecr.vanish('bystander');
  account.ecr.seed({ repositoryName: 'bystander', images: 2, kind: 'flat', tags: { ...STAGE, [MARK]: `${uuid}:Bystander` } });
  account.ecr.seed({ repositoryName: scene.repository, images: 6, kind: 'multiArch', archived: 2, tags: scene.tags });
  if (scene.marked) account.ecr.retag(scene.repository, { [MARK]: `${uuid}:${resourceOf(stack)}` });
  for (const status of scene.history) account.cloudFormation.stack(stack.stackId).status(status);
  return stack;
}

const resourceOf = (stack: DeployedStack) => stack.logicalIds('Custom::EcrTeardown')[0];
const send = (stack: DeployedStack, type: RequestType): Promise<Answer> => account.request(teardownHandler, stack, type, resourceOf(stack), {
  ...type === 'Update' ? { OldResourceProperties: stack.customResourceProperties(resourceOf(stack)) } : {},
});

/** What CloudFormation does with a failed request: a failed Create is taken back, then all are sent again. */
async function retry(scene: Scene, stack: DeployedStack): Promise<Answer> {
  if (scene.request === 'Create') {
    account.cloudFormation.stack(stack.stackId).status('ROLLBACK_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images(scene.repository)).toBe(6);
    if (scene.marked) account.ecr.retag(scene.repository, { [MARK]: `${stack.stackId.split('/')[2]}:${resourceOf(stack)}` }); // native again
    account.cloudFormation.stack(stack.stackId).status('UPDATE_IN_PROGRESS');
  }
  return send(stack, scene.request);
}

function expectEnd(scene: Scene, stack: DeployedStack, answer: Answer): void {
  const { exists, tags, images } = account.ecr.repository(scene.repository);
  expect(answer?.Status).toBe(scene.expected === 'refused' ? 'FAILED' : 'SUCCESS');
  expect(exists).toBe(scene.expected !== 'deleted');
  if (exists) expect(images).toHaveLength(6);
  if (exists) expect(tags[MARK]).toBe(scene.expected === 'unmarked' ? undefined : `${stack.stackId.split('/')[2]}:${resourceOf(stack)}`);
  if (scene.expected === 'refused') expect(answer?.Reason).toMatch(/^Repository 'team\/legacy' was not deleted: it must carry the tag stage=test/);
  expect(account.ecr.repository('bystander')).toMatchObject({ exists: true, images: [{}, {}], tags: STAGE });
}

type Service = 'ecr' | 'cloudFormation' | 'responses';
const serviceFaults = (service: Service) => account[service].faults;

let points = 0;
afterAll(() => process.stdout.write(`fault points tried: ${points}\n`));

describe.each(SCENES)('$name', scene => {
  test('without faults', async () => {
    const stack = prepare(scene);
    expectEnd(scene, stack, await send(stack, scene.request));
  });

  test.each(FAULTS)('%s at each call', async kind => {
    prepare(scene);
    const quiet = prepare(scene);
    await send(quiet, scene.request);
    const numbered = [
      ...account.ecr.calls.map((_call, skip) => ({ service: 'ecr' as Service, skip })),
      ...account.cloudFormation.calls.map((_call, skip) => ({ service: 'cloudFormation' as Service, skip })),
      { service: 'responses' as Service, skip: 0 },
    ];
    expect(numbered.length).toBeGreaterThan(1);
    for (const { service, skip } of numbered) {
      for (const times of kind === 'killAfter' ? [1] : [1, Infinity]) {
        const stack = prepare(scene);
        serviceFaults(service).add({ kind, skip, times });
        points++;
        let answer = await send(stack, scene.request);
        if (times === 1) expect(serviceFaults(service).pending).toEqual([]);
        for (const each of ['ecr', 'cloudFormation', 'responses'] as const) serviceFaults(each).clear();
        if (answer?.Status === 'FAILED') {
          expect(answer.Reason).toMatch(/^(Repository 'team\/(app|legacy)'|The root stack)/);
          expect(answer.Reason).toMatch(/ — |run this/);
        }
        if (answer?.Status !== 'SUCCESS' && !(scene.expected === 'refused' && answer?.Reason.includes('was not deleted'))) answer = await retry(scene, stack);
        expectEnd(scene, stack, answer);
      }
    }
  });
});
