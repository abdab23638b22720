import {
  DeleteLifecyclePolicyCommand, DeleteRepositoryCommand, ECRClient, GetLifecyclePolicyCommand, PutLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import { LocalEcr } from './local-ecr';
import { clientOf, errorOf, startForEachTest } from './test-client';

const repositoryName = 'team/app';
const NO_POLICY = {
  name: 'LifecyclePolicyNotFoundException',
  message: `Lifecycle policy does not exist for the repository with name '${repositoryName}' in the registry with id '000000000000'`,
};
const OF_SELECTION = 'instance failed to match exactly one schema (matched 0 out of 4)';
const OF_ACTION = 'instance failed to match exactly one schema (matched 0 out of 2)';
const UNIQUE_TAGS = 'The rules of a storage class must have a unique set of tag prefixes.';
const ANY_LAST = 'Rule for tagStatus=ANY must have the lowest priority per storage class';
const EXPIRE = { type: 'expire' };
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' };
const COUNT = { countType: 'imageCountMoreThan', countNumber: 5 };
const AGE = { countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 };
const PULLED = { ...AGE, countType: 'sinceImagePulled' };
const ARCHIVED = { countType: 'sinceImageTransitioned', countUnit: 'days', countNumber: 90, storageClass: 'archive' };
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
});

const textOf = (...rules: unknown[]) => JSON.stringify({ rules }).padEnd(100);
const rule = (rulePriority: number, selection: object = {}, more: object = {}) =>
  ({ rulePriority, selection: { tagStatus: 'any', ...COUNT, ...selection }, action: EXPIRE, ...more });
const tagged = (rulePriority: number, ...tagPatternList: string[]) => rule(rulePriority, { tagStatus: 'tagged', tagPatternList });
const put = (lifecyclePolicyText: string, from = client) =>
  from.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
const get = (from = client) => from.send(new GetLifecyclePolicyCommand({ repositoryName }));
const remove = () => client.send(new DeleteLifecyclePolicyCommand({ repositoryName }));

describe('put, get, delete', () => {
  // cloud-custodian, tests/data/placebo/test_ecr_lifecycle_update: recorded answers of Put and Get
  test('returns the text and the time that were recorded for the policy of cloud-custodian', async () => {
    const text = '{"rules":[{"rulePriority":1,"description":"Expire images older than 14 days","selection":{"tagStatus":"untagged",'
      + '"countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}';
    expect(await put(JSON.stringify(JSON.parse(text), undefined, 1))).toMatchObject({ lifecyclePolicyText: text });
    expect(await get()).toMatchObject({ lifecyclePolicyText: text, lastEvaluatedAt: new Date(0) });
  });

  // aws/aws-cdk, PR 28432: the integration test of aws-ecr deploys such a policy
  test('accepts a prefix together with the equivalent pattern', async () => {
    await put(textOf(tagged(1, 'abc*'), rule(2, { tagStatus: 'tagged', tagPrefixList: ['abc'] })));
  });

  test('returns the policy without white space, in the order in which it was written', async () => {
    const text = textOf(rule(1));
    expect(await put(`  ${JSON.stringify(JSON.parse(text), undefined, 4)}\n`))
      .toMatchObject({ registryId: '000000000000', repositoryName, lifecyclePolicyText: text });
    expect(await get()).toMatchObject({
      registryId: '000000000000', repositoryName, lifecyclePolicyText: text, lastEvaluatedAt: new Date(0),
    });
    expect(ecr.repository(repositoryName)).toMatchObject({ lifecyclePolicyText: text, lifecyclePolicy: { rules: [rule(1)] } });
    expect(await remove()).toMatchObject({ lifecyclePolicyText: text, lastEvaluatedAt: new Date(0) });
    expect(ecr.repository(repositoryName).lifecyclePolicyText).toBeUndefined();
    await expect(get()).rejects.toMatchObject(NO_POLICY);
    await expect(remove()).rejects.toMatchObject(NO_POLICY);
  });

  test('returns a rewritten policy in a different order, with the other reading', async () => {
    await ecr.stop();
    ecr = await LocalEcr.start({ lifecyclePolicyText: 'rewritten' });
    const other = clientOf(ecr);
    const text = textOf(tagged(1, 'a*', 'b*'), rule(2));
    ecr.seed({ repositoryName, lifecyclePolicyText: text });
    const { lifecyclePolicyText } = await get(other);
    expect(lifecyclePolicyText).toContain('{\n  "rules" : [ {\n    "action" : {');
    expect(JSON.parse(lifecyclePolicyText!)).toEqual({ rules: [rule(2), tagged(1, 'b*', 'a*')] });
    expect(await put(text, other)).toMatchObject({ lifecyclePolicyText });
    await expect(put('{'.padEnd(100), other)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('returns the time of the last evaluation', async () => {
    expect(() => ecr.lifecycleEvaluated(repositoryName)).toThrow('no lifecycle policy');
    await put(textOf(rule(1)));
    ecr.lifecycleEvaluated(repositoryName);
    expect((await get()).lastEvaluatedAt!.getTime()).toBeGreaterThan(Date.UTC(2026));
    await put(textOf(rule(2)));
    expect((await get()).lastEvaluatedAt).toEqual(new Date(0));
  });

  test('deletes a policy with its repository', async () => {
    await put(textOf(rule(1)));
    await client.send(new DeleteRepositoryCommand({ repositoryName }));
    for (const call of [get, remove, () => put(textOf(rule(1)))]) {
      await expect(call()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    }
    ecr.seed({ repositoryName });
    await expect(get()).rejects.toMatchObject(NO_POLICY);
    expect(() => ecr.seed({ repositoryName, lifecyclePolicyText: textOf() })).toThrow('array is too short');
  });

  test.each([
    [99, 'greater than or equal to 100'], [30_721, 'less than or equal to 30720'],
  ])('refuses %d characters', async (length, bound) => {
    const text = JSON.stringify({ rules: [] }).padEnd(length);
    await expect(put(text)).rejects.toMatchObject({ name: 'InvalidParameterException', message: expect.stringContaining(bound) });
  });

  test('accepts 30,720 characters', async () => {
    await put(textOf(rule(1)).padEnd(30_720));
  });
});

describe('PutLifecyclePolicy refuses', () => {
  test.each<[string, string, unknown[]]>([
    ['a rule that is none', 'instance type (null) does not match any allowed primitive type (allowed: ["object"])', [null]],
    ['no rule', 'array is too short: must have at least 1 elements but instance has 0 elements', []],
    ['51 rules', 'array is too long: must have at most 50 elements but instance has 51 elements',
      Array.from({ length: 51 }, (_, n) => tagged(n + 1, `v${n}*`))],
    ['a rule without members', 'object has missing required properties (["action","rulePriority","selection"])', [{}]],
    ['an unknown member of a rule', 'object instance has properties which are not allowed by the schema: (["sid"])',
      [rule(1, {}, { sid: 'x' })]],
    ['a priority that is a text', 'instance type (string) does not match any allowed primitive type (allowed: ["integer"])',
      [rule(1, {}, { rulePriority: '1' })]],
    ['a priority of 0', 'numeric instance is lower than the required minimum (minimum: 1, found: 0)', [rule(0)]],
    ['a description that is null', 'instance type (null) does not match any allowed primitive type (allowed: ["string"])',
      [rule(1, {}, { description: null })]],
    ['a long description', expect.stringContaining('is too long (length: 257, maximum allowed: 256)'),
      [rule(1, {}, { description: 'x'.repeat(257) })]],
    ['a selection without a count', 'object has missing required properties (["countNumber","countType"])',
      [{ ...rule(1), selection: { tagStatus: 'any' } }]],
    ['an unknown member of a selection', 'object instance has properties which are not allowed by the schema: (["tagList"])',
      [rule(1, { tagList: [] })]],
    ['an unknown tagStatus', 'instance value ("ANY") not found in enum (possible values: ["any","tagged","untagged"])',
      [rule(1, { tagStatus: 'ANY' })]],
    ['tagged without tags', 'Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.', [rule(1, { tagStatus: 'tagged' })]],
    ['tagged with both lists', OF_SELECTION, [rule(1, { tagStatus: 'tagged', tagPrefixList: ['a'], tagPatternList: ['b'] })]],
    ['untagged with tags', OF_SELECTION, [rule(1, { tagStatus: 'untagged', tagPrefixList: ['a'] })]],
    ['a list that is null', 'instance type (null) does not match any allowed primitive type (allowed: ["array"])',
      [rule(1, { tagPrefixList: null })]],
    ['an empty list', 'array is too short: must have at least 1 elements but instance has 0 elements',
      [rule(1, { tagStatus: 'tagged', tagPrefixList: [] })]],
    ['a tag that is a number', 'instance type (integer) does not match any allowed primitive type (allowed: ["string"])',
      [rule(1, { tagStatus: 'tagged', tagPrefixList: [1] })]],
    ['an empty prefix', 'string "" is too short (length: 0, required minimum: 1)', [rule(1, { tagStatus: 'tagged', tagPrefixList: [''] })]],
    ['five wildcards', expect.stringContaining('more than four wildcards'), [tagged(1, 'v*', '*test*1*2*3*')]],
    ['an unknown countType', OF_SELECTION, [rule(1, { ...AGE, countType: 'sinceImageCreated' })]],
    ['a count of 0', 'numeric instance is lower than the required minimum (minimum: 1, found: 0)', [rule(1, { countNumber: 0 })]],
    ['half a day', 'instance type (number) does not match any allowed primitive type (allowed: ["integer"])',
      [rule(1, { ...AGE, countNumber: 0.5 })]],
    ['89 days in the archive', 'numeric instance is lower than the required minimum (minimum: 90, found: 89)',
      [rule(1, { ...ARCHIVED, countNumber: 89 })]],
    ['an age without a unit', OF_SELECTION, [rule(1, { ...AGE, countUnit: undefined })]],
    ['an age in hours', OF_SELECTION, [rule(1, { ...AGE, countUnit: 'hours' })]],
    ['a count with a unit', OF_SELECTION, [rule(1, { countUnit: 'days' })]],
    ['a count whose unit is null', OF_SELECTION, [rule(1, { countUnit: null })]],
    ['a count in the archive', OF_SELECTION, [rule(1, { storageClass: 'archive' })]],
    ['a transition time outside the archive', OF_SELECTION, [rule(1, { ...ARCHIVED, storageClass: undefined })]],
    ['storageClass standard', OF_SELECTION, [rule(1, { storageClass: 'standard' })]],
    ['an action without a type', 'object has missing required properties (["type"])', [rule(1, {}, { action: {} })]],
    ['an unknown action', 'instance value ("delete") not found in enum (possible values: ["expire","transition"])',
      [rule(1, {}, { action: { type: 'delete' } })]],
    ['a transition to nowhere', OF_ACTION, [rule(1, {}, { action: { type: 'transition' } })]],
    ['a transition to elsewhere', OF_ACTION, [rule(1, {}, { action: { type: 'transition', targetStorageClass: 'standard' } })]],
    ['expire with a target that is null', OF_ACTION, [rule(1, {}, { action: { type: 'expire', targetStorageClass: null } })]],
    ['expire after the last pull', OF_SELECTION, [rule(1, PULLED)]],
    ['a transition out of the archive', OF_SELECTION, [rule(1, ARCHIVED, { action: ARCHIVE })]],
    ['the same priority twice', 'Each rule must have a unique rulePriority.', [tagged(1, 'a*'), rule(1, ARCHIVED)]],
    ['any before another', ANY_LAST, [rule(1), tagged(2, 'a*')]],
    ['any twice', ANY_LAST, [rule(1), rule(2)]],
    ['untagged twice', 'Only one rule can select Untagged images per storage class.',
      [rule(1, { tagStatus: 'untagged' }), rule(2, { tagStatus: 'untagged' })]],
    ['the same tags twice', UNIQUE_TAGS, [tagged(1, 'a*', 'b*'), tagged(2, 'b*', 'a*')]],
    ['the same prefixes twice', UNIQUE_TAGS, [1, 2].map(priority => rule(priority, { tagStatus: 'tagged', tagPrefixList: ['a'] }))],
  ])('%s', async (_name, reason, rules) => {
    const { name, message } = await errorOf(put(textOf(...rules)));
    expect(name).toBe('InvalidParameterException');
    const [, failure] =
      /^Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: (.*)'$/
        .exec(message)!;
    expect(failure).toEqual(reason);
    expect(ecr.repository(repositoryName).lifecyclePolicyText).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ['no JSON', '{"rules": [', 'Could not map policyString into LifecyclePolicy.'],
    ['no object', '[]', 'Could not map policyString into LifecyclePolicy.'],
    ['no rules', '{}', 'object has missing required properties (["rules"])'],
    ['rules that are null', '{"rules": null}', 'instance type (null) does not match any allowed primitive type (allowed: ["array"])'],
    ['something beside the rules', '{"rules": [], "version": 1}',
      'object instance has properties which are not allowed by the schema: (["version"])'],
  ])('%s', async (_name, text, reason) => {
    await expect(put(text.padEnd(100)))
      .rejects.toMatchObject({ message: expect.stringContaining(`Lifecycle policy validation failure: ${reason}'`) });
  });
});

test.each<[string, unknown[]]>([
  ['four wildcards, in each of the patterns (user guide)', [tagged(1, '*test*1*2*3', 'test*1*2*3*')]],
  ['one any for each storage class', [rule(1, ARCHIVED), rule(2, AGE, { action: ARCHIVE, description: 'x'.repeat(256) })]],
  ['one untagged for each storage class', [rule(9, { tagStatus: 'untagged' }), rule(7, { ...ARCHIVED, tagStatus: 'untagged' })]],
  ['the same tags in both storage classes', [tagged(1, 'a*'), rule(2, { ...ARCHIVED, tagStatus: 'tagged', tagPatternList: ['a*'] })]],
  ['the same tags as pattern and as prefix (recorded)', [tagged(1, 'a*'), rule(2, { tagStatus: 'tagged', tagPrefixList: ['a'] })]],
  ['tags that overlap', [tagged(1, 'a*', 'b*'), tagged(2, 'a*'), rule(3, { tagStatus: 'tagged', tagPrefixList: ['a*'] })]],
  ['archiving by count and by last pull', [rule(1, { tagStatus: 'untagged' }, { action: ARCHIVE }), rule(2, PULLED, { action: ARCHIVE })]],
  ['50 rules', Array.from({ length: 50 }, (_, n) => tagged(n + 1, `v${n}*`))],
])('PutLifecyclePolicy accepts %s', async (_name, rules) => {
  await put(textOf(...rules));
});
