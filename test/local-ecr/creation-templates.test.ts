import {
  CreateRepositoryCreationTemplateCommand, CreateRepositoryCreationTemplateCommandInput, DeleteRepositoryCreationTemplateCommand,
  DescribeRepositoriesCommand, DescribeRepositoryCreationTemplatesCommand, ECRClient, GetLifecyclePolicyCommand, GetRepositoryPolicyCommand,
  InitiateLayerUploadCommand, ListTagsForResourceCommand, paginateDescribeRepositoryCreationTemplates, PutImageCommand,
  UpdateRepositoryCreationTemplateCommand, UpdateRepositoryCreationTemplateCommandInput,
} from '@aws-sdk/client-ecr';
import type { IamStatement } from './iam';
import type { LocalEcr } from './local-ecr';
import { OCI_MANIFEST } from './manifest';
import { clientOf, errorOf, startForEachTest } from './test-client';

const LIFECYCLE = JSON.stringify({
  rules: [{
    rulePriority: 1,
    selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
    action: { type: 'expire' },
  }],
});
const POLICY = JSON.stringify({
  Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '222222222222' }, Action: 'ecr:BatchGetImage' }],
});
const ROLE = 'arn:aws:iam::000000000000:role/templates';
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/11111111-1111-4111-8111-111111111111';
const paris = { region: 'eu-west-3' };
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => { [ecr, client] = [started, itsClient]; });

type New = Partial<CreateRepositoryCreationTemplateCommandInput>;
const create = (input: New = {}, from = client) => from.send(new CreateRepositoryCreationTemplateCommand({
  prefix: 'team', appliedFor: ['CREATE_ON_PUSH'], ...input,
}));
const update = (input: Partial<UpdateRepositoryCreationTemplateCommandInput>) =>
  client.send(new UpdateRepositoryCreationTemplateCommand({ prefix: 'team', ...input }));
const remove = (prefix: string) => client.send(new DeleteRepositoryCreationTemplateCommand({ prefix }));
const describeTemplates = async (prefixes?: string[]) =>
  (await client.send(new DescribeRepositoryCreationTemplatesCommand({ prefixes }))).repositoryCreationTemplates!;
const push = (repositoryName = 'team/app', from = client) => from.send(new InitiateLayerUploadCommand({ repositoryName }));
const mutabilityAfterPush = async (name: string) => {
  await push(name);
  return ecr.repository(name).imageTagMutability;
};

describe('a template', () => {
  test('has default settings, and is returned with what it sets', async () => {
    const { registryId, repositoryCreationTemplate } = await create({ prefix: 'team/' });
    expect([registryId, repositoryCreationTemplate]).toEqual(['000000000000', {
      prefix: 'team',
      encryptionConfiguration: { encryptionType: 'AES256' },
      resourceTags: [],
      imageTagMutability: 'MUTABLE',
      appliedFor: ['CREATE_ON_PUSH'],
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    }]);
    const settings: New = {
      prefix: 'ROOT',
      description: 'All',
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY },
      resourceTags: [{ Key: 'owner', Value: 'me' }],
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev*' }],
      repositoryPolicy: POLICY,
      lifecyclePolicy: LIFECYCLE,
      appliedFor: ['REPLICATION', 'PULL_THROUGH_CACHE'],
      customRoleArn: ROLE,
    };
    expect((await create(settings)).repositoryCreationTemplate).toMatchObject(settings);
    expect(await describeTemplates(['ROOT'])).toMatchObject([settings]);
    expect((await describeTemplates()).map(({ prefix }) => prefix)).toEqual(['team', 'ROOT']);
  });

  test('exists once for each prefix and Region, and is deleted with its settings', async () => {
    await create();
    expect(await errorOf(create({ prefix: 'team/' }))).toMatchObject({ name: 'TemplateAlreadyExistsException' });
    await create({}, clientOf(ecr, 'test', paris));
    expect((await remove('team')).repositoryCreationTemplate).toMatchObject({ prefix: 'team' });
    expect(await describeTemplates(['team'])).toEqual([]);
    expect(await errorOf(remove('team'))).toMatchObject({ name: 'TemplateNotFoundException' });
    expect(await errorOf(update({}))).toMatchObject({ name: 'TemplateNotFoundException' });
  });

  test.each(['assumed', 'other'] as const)('is updated in the %s reading of template-update-keeps', async reading => {
    ecr.readings.set('template-update-keeps', reading);
    await create({ description: 'a', lifecyclePolicy: LIFECYCLE });
    await update({ imageTagMutability: 'IMMUTABLE', appliedFor: ['REPLICATION'] });
    const [template] = await describeTemplates();
    expect(template).toMatchObject({ imageTagMutability: 'IMMUTABLE', appliedFor: ['REPLICATION'] });
    const isKept = reading === 'assumed';
    expect([template.description, template.lifecyclePolicy]).toEqual(isKept ? ['a', LIFECYCLE] : [undefined, undefined]);
  });

  test('is listed in pages', async () => {
    for (const prefix of ['a', 'b', 'c']) await create({ prefix });
    const pages = new Array<number>();
    for await (const page of paginateDescribeRepositoryCreationTemplates({ client, pageSize: 2 }, {})) {
      pages.push(page.repositoryCreationTemplates!.length);
    }
    expect(pages).toEqual([2, 1]);
  });

  test.each<[string, New]>([
    ['a prefix in capitals', { prefix: 'Team' }],
    ['a prefix of 257 characters', { prefix: 'a'.repeat(257) }],
    ['no cause', { appliedFor: undefined }],
    ['an unknown cause', { appliedFor: ['PUSH' as 'REPLICATION'] }],
    ['a description of 257 characters', { description: 'a'.repeat(257) }],
    ['a KMS key without its ARN', { encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/key' } }],
    ['a KMS key with AES256', { encryptionConfiguration: { encryptionType: 'AES256', kmsKey: KEY } }],
    ['a role with a path', { customRoleArn: 'arn:aws:iam::000000000000:role/service/templates' }],
    ['an invalid lifecycle policy', { lifecyclePolicy: '{}' }],
    ['an invalid repository policy', { repositoryPolicy: '{}' }],
  ])('cannot contain %s', async (_what, input) => {
    expect(await errorOf(create(input))).toMatchObject({ name: 'InvalidParameterException' });
    expect(await describeTemplates()).toEqual([]);
  });

  test('is set with the permissions for its settings', async () => {
    const own = 'arn:aws:ecr:us-east-1:000000000000:repository/team/*';
    const policy: IamStatement[] = [
      { Effect: 'Allow', Action: 'ecr:CreateRepositoryCreationTemplate', Resource: '*' },
      { Effect: 'Allow', Action: ['ecr:CreateRepository', 'ecr:PutLifecyclePolicy', 'ecr:SetRepositoryPolicy'], Resource: own },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: ROLE,
        Condition: { StringEquals: { 'iam:PassedToService': 'ecr.amazonaws.com' } },
      },
    ];
    const settings = { lifecyclePolicy: LIFECYCLE, repositoryPolicy: POLICY, customRoleArn: ROLE };
    for (const [missing, action] of [[0, 'CreateRepositoryCreationTemplate'], [1, 'CreateRepository'], [2, 'PassRole']] as const) {
      ecr.principal('owner', { policy: policy.filter((_, at) => at !== missing) });
      const error = await errorOf(create(settings, clientOf(ecr, 'owner')));
      expect(error).toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(`:${action} on`) });
    }
    ecr.principal('owner', { policy });
    await create(settings, clientOf(ecr, 'owner'));
    expect(ecr.granted('owner')).toHaveLength(5);
  });
});

describe('a push', () => {
  test('fails without a template, and creates the repository with the settings of its template', async () => {
    expect(await errorOf(push())).toMatchObject({ name: 'RepositoryNotFoundException' });
    await create({
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY },
      resourceTags: [{ Key: 'owner', Value: 'me' }],
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev*' }],
      repositoryPolicy: POLICY,
      lifecyclePolicy: LIFECYCLE,
      customRoleArn: ROLE,
    });
    const repositoryName = 'team/app';
    await push(repositoryName);
    const { repositories: [repository] = [] } = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
    expect(repository).toMatchObject({
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY },
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev*' }],
      imageScanningConfiguration: { scanOnPush: false },
    });
    const resourceArn = repository.repositoryArn;
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([{ Key: 'owner', Value: 'me' }]);
    expect((await client.send(new GetLifecyclePolicyCommand({ repositoryName }))).lifecyclePolicyText).toBe(LIFECYCLE);
    expect((await client.send(new GetRepositoryPolicyCommand({ repositoryName }))).policyText).toContain('222222222222:root');
  });

  test('uses the template with the longest prefix of whole components, and a later template changes nothing', async () => {
    await create({ prefix: 'ROOT' });
    await create({ imageTagMutability: 'IMMUTABLE' });
    await create({ prefix: 'team/special' });
    expect(await mutabilityAfterPush('team/app')).toBe('IMMUTABLE');
    expect(await mutabilityAfterPush('team/special/app')).toBe('MUTABLE');
    expect(await mutabilityAfterPush('team/specials')).toBe('IMMUTABLE');
    expect(await mutabilityAfterPush('teams/app')).toBe('MUTABLE');
    expect(await mutabilityAfterPush('team')).toBe('MUTABLE');
    await update({ imageTagMutability: 'MUTABLE' });
    expect(await mutabilityAfterPush('team/app')).toBe('IMMUTABLE');
  });

  test.each(['assumed', 'other'] as const)('uses a template for pushes in the %s reading of template-of-cause', async reading => {
    ecr.readings.set('template-of-cause', reading);
    await create({ prefix: 'ROOT' });
    await create({ appliedFor: ['REPLICATION'], imageTagMutability: 'IMMUTABLE' });
    if (reading === 'assumed') expect(await mutabilityAfterPush('team/app')).toBe('MUTABLE');
    else expect(await errorOf(push())).toMatchObject({ name: 'RepositoryNotFoundException' });
  });

  test.each<[string, New]>([
    ['tags', { resourceTags: [{ Key: 'owner', Value: 'me' }] }],
    ['the key of AWS', { encryptionConfiguration: { encryptionType: 'KMS' } }],
  ])('does not find the repository if the template has %s and no role', async (_what, settings) => {
    await create(settings);
    expect(await errorOf(push())).toMatchObject({ name: 'RepositoryNotFoundException' });
    expect(ecr.repository('team/app').exists).toBe(false);
    await update({ customRoleArn: ROLE });
    await push();
    expect(ecr.repository('team/app').exists).toBe(true);
  });

  test.each<[string, string | undefined]>([
    ['all permissions', undefined], ...['ecr:CreateRepository', 'ecr:TagResource', 'kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant']
      .map((action): [string, string] => [`all permissions but ${action}`, action]),
  ])('creates the repository with a role that has %s', async (_what, missing) => {
    const actions = ['ecr:CreateRepository', 'ecr:TagResource', 'kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant'];
    ecr.principal('role', {
      arn: 'arn:aws:sts::000000000000:assumed-role/templates/ecr',
      policy: actions.filter(action => action !== missing).map(Action => ({
        Effect: 'Allow', Action, Resource: Action.startsWith('kms:') ? KEY : 'arn:aws:ecr:us-east-1:000000000000:repository/team/*',
      })),
    });
    await create({
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY }, resourceTags: [{ Key: 'owner', Value: 'me' }], customRoleArn: ROLE,
    });
    if (missing !== undefined) {
      expect(await errorOf(push())).toMatchObject({ name: 'RepositoryNotFoundException' });
      expect(ecr.repository('team/app').exists).toBe(false);
      return;
    }
    await push();
    expect(ecr.repository('team/app')).toMatchObject({ exists: true, tags: { owner: 'me' } });
    expect(ecr.granted('role')).toHaveLength(actions.length);
  });

  test.each(['assumed', 'other'] as const)('needs a permission in the %s reading of create-on-push-permission', async reading => {
    ecr.readings.set('create-on-push-permission', reading);
    await create();
    const resource = 'arn:aws:ecr:us-east-1:000000000000:repository/team/*';
    const statement = (Action: string): IamStatement => ({ Effect: 'Allow', Action, Resource: resource });
    ecr.principal('pusher', { policy: [statement('ecr:InitiateLayerUpload')] });
    const attempt = push('team/app', clientOf(ecr, 'pusher'));
    if (reading === 'other') await attempt;
    else expect(await errorOf(attempt)).toMatchObject({ message: expect.stringContaining('ecr:CreateRepository on resource: arn:') });
    expect(ecr.repository('team/app').exists).toBe(reading === 'other');
    ecr.principal('owner', { policy: [statement('ecr:InitiateLayerUpload'), statement('ecr:CreateRepository')] });
    await push('team/other', clientOf(ecr, 'owner'));
    expect(ecr.granted('owner')).toHaveLength(reading === 'other' ? 1 : 2);
  });

  test('from another account needs the registry policy, and creates the repository even if its policy refuses the push', async () => {
    ecr.repositoryPolicies = 'enforced';
    ecr.principal('foreign', { account: '222222222222' });
    const foreign = clientOf(ecr, 'foreign');
    const attempt = () => errorOf(foreign.send(new InitiateLayerUploadCommand({ registryId: '000000000000', repositoryName: 'team/app' })));
    await create();
    const message = (action: string) => ({ message: expect.stringContaining(`${action} on resource`) });
    expect(await attempt()).toMatchObject(message('ecr:CreateRepository'));
    const all = 'arn:aws:ecr:us-east-1:000000000000:repository/';
    const statement = { Effect: 'Allow', Principal: { AWS: '222222222222' }, Action: 'ecr:CreateRepository', Resource: `${all}*` };
    const deny = { ...statement, Effect: 'Deny', Resource: `${all}team/*` };
    const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
    ecr.registryPolicy({}, policyOf(statement, deny));
    expect(await attempt()).toMatchObject(message('ecr:CreateRepository'));
    expect(ecr.repository('team/app').exists).toBe(false);
    ecr.registryPolicy({}, policyOf(statement));
    expect(await attempt()).toMatchObject(message('ecr:InitiateLayerUpload'));
    expect(ecr.repository('team/app').exists).toBe(true);
  });
});

describe('replication', () => {
  const pushImage = (repositoryName: string) => client.send(new PutImageCommand({
    repositoryName, imageManifest: JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: {}, layers: [] }), imageTag: 'v1',
  }));

  test('creates repositories with the template of the destination', async () => {
    ecr.replicate({ from: {}, to: [paris] });
    await create({ imageTagMutability: 'IMMUTABLE', appliedFor: ['REPLICATION'] }, clientOf(ecr, 'test', paris));
    for (const repositoryName of ['team/app', 'other']) {
      ecr.seed({ repositoryName });
      await pushImage(repositoryName);
    }
    expect(['team/app', 'other'].map(name => ecr.repository(name, paris).imageTagMutability)).toEqual(['IMMUTABLE', 'MUTABLE']);
  });

  test('copies nothing if the template has tags and no role', async () => {
    ecr.replicate({ from: {}, to: [paris] });
    const settings: New = { resourceTags: [{ Key: 'owner', Value: 'me' }], appliedFor: ['REPLICATION'] };
    await create(settings, clientOf(ecr, 'test', paris));
    ecr.seed({ repositoryName: 'team/app' });
    await pushImage('team/app');
    expect([ecr.images('team/app'), ecr.repository('team/app', paris).exists]).toEqual([1, false]);
  });

  test('needs ecr:ReplicateImage for the role of the template', async () => {
    ecr.replicate({ from: {}, to: [paris] });
    await create({ appliedFor: ['REPLICATION'], customRoleArn: ROLE }, clientOf(ecr, 'test', paris));
    ecr.seed({ repositoryName: 'team/app' });
    for (const actions of [['ecr:CreateRepository'], ['ecr:CreateRepository', 'ecr:ReplicateImage']]) {
      ecr.principal('role', {
        arn: 'arn:aws:sts::000000000000:assumed-role/templates/ecr', policy: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
      });
      ecr.addImage({ repositoryName: 'team/app' });
      expect(ecr.repository('team/app', paris).exists).toBe(actions.length === 2);
    }
  });
});
