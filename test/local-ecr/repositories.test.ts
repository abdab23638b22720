import {
  CreateRepositoryCommand, DeleteRepositoryCommand, DescribeRepositoriesCommand, ECRClient, ListImagesCommand, ListTagsForResourceCommand,
  PutImageCommand, TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { clientOf, errorOf, startForEachTest } from './test-client';

const repositoryName = 'team/app';
const arn = `arn:aws:ecr:us-east-1:000000000000:repository/${repositoryName}`;
const kmsKey = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
});

const create = (name: string, more: object = {}) => client.send(new CreateRepositoryCommand({ repositoryName: name, ...more }));
const remove = (force?: boolean) => client.send(new DeleteRepositoryCommand({ repositoryName, force }));
const gone = {
  name: 'RepositoryNotFoundException',
  message: `The repository with name '${repositoryName}' does not exist in the registry with id '000000000000'`,
};

describe('create and describe', () => {
  test('a repository is described as it was created', async () => {
    const { repository } = await create(repositoryName, { imageTagMutability: 'IMMUTABLE', tags: [{ Key: 'a', Value: '1' }] });
    expect(repository).toEqual({
      repositoryArn: arn,
      registryId: '000000000000',
      repositoryName,
      repositoryUri: `000000000000.dkr.ecr.us-east-1.amazonaws.com/${repositoryName}`,
      createdAt: expect.any(Date),
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
    expect((await client.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }))).repositories).toEqual([repository]);
    await expect(create(repositoryName)).rejects.toMatchObject({ name: 'RepositoryAlreadyExistsException' });
  });

  test.each(['ab', 'a1/b2/c3', 'a__b', 'a---b', 'a.b_c-d', 'a'.repeat(256)])('the name %s is valid', async name => {
    await create(name);
    expect(ecr.repository(name).exists).toBe(true);
  });

  test.each(['a', 'A1', 'a/', '/a1', 'a//b', 'a..b', 'a___b', '-ab', 'ab-', 'a'.repeat(257)])('the name %s is invalid', async name => {
    await expect(create(name)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(/^Invalid parameter at 'repositoryName' failed to satisfy constraint: '/),
    });
  });

  test('accounts and Regions are separate, and registryId selects another account', async () => {
    ecr.principal('other', { account: '111122223333' });
    ecr.seed({ repositoryName, tags: { from: 'default' } });
    const [elsewhere, other] = [clientOf(ecr, 'test', { region: 'eu-west-1' }), clientOf(ecr, 'other')];
    const list = (from: ECRClient, registryId?: string) => from.send(new ListImagesCommand({ repositoryName, registryId }));
    await expect(list(elsewhere)).rejects.toMatchObject(gone);
    await expect(list(other)).rejects.toMatchObject({ name: gone.name, message: expect.stringContaining("id '111122223333'") });
    expect((await list(other, '000000000000')).imageIds).toEqual([]);
    await expect(list(client, '42')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  // cloud-custodian, tests/data/placebo: test_ecr_lifecycle_update (not by name) and test_ecr_remove_matched (not by date)
  test('repositories are listed neither by name nor by date', async () => {
    const names = Array.from({ length: 9 }, (_, nth) => `app-${(nth * 4) % 9}`);
    for (const name of names) await create(name);
    const listed = (await client.send(new DescribeRepositoriesCommand({}))).repositories!.map(repository => repository.repositoryName!);
    const again = (await client.send(new DescribeRepositoriesCommand({}))).repositories!.map(repository => repository.repositoryName!);
    expect(again).toEqual(listed);
    const sorted = [...names].sort();
    expect([...listed].sort()).toEqual(sorted);
    for (const order of [sorted, [...sorted].reverse(), names, [...names].reverse()]) expect(listed).not.toEqual(order);
    await client.send(new DeleteRepositoryCommand({ repositoryName: 'app-4' }));
    const rest = (await client.send(new DescribeRepositoriesCommand({}))).repositories!.map(repository => repository.repositoryName);
    expect(rest).toEqual(listed.filter(name => name !== 'app-4'));
  });

  test('all repositories are listed in pages, and names exclude paging', async () => {
    for (let n = 0; n < 3; n += 1) ecr.seed({ repositoryName: `app-${n}` });
    const first = await client.send(new DescribeRepositoriesCommand({ maxResults: 2 }));
    const second = await client.send(new DescribeRepositoriesCommand({ maxResults: 2, nextToken: first.nextToken }));
    const pages = [first, second].map(page => page.repositories!.map(repository => repository.repositoryName));
    expect(pages.map(page => page.length)).toEqual([2, 1]);
    expect(pages.flat().sort()).toEqual(['app-0', 'app-1', 'app-2']);
    expect(second.nextToken).toBeUndefined();
    await expect(client.send(new DescribeRepositoriesCommand({ repositoryNames: ['app-0'], maxResults: 1 })))
      .rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('delete', () => {
  test('fails with images of any kind unless force is set, which deletes everything in one call', async () => {
    ecr.seed({ repositoryName, images: 9, kind: 'nested', archived: 9 });
    for (const force of [undefined, false]) await expect(remove(force)).rejects.toMatchObject({ name: 'RepositoryNotEmptyException' });
    expect(ecr.images(repositoryName)).toBe(9);
    expect((await remove(true)).repository).toMatchObject({ repositoryName, repositoryArn: arn });
    expect(ecr.repository(repositoryName).exists).toBe(false);
    await expect(remove(true)).rejects.toMatchObject(gone);
  });

  test('needs no force for an empty repository', async () => {
    ecr.seed({ repositoryName });
    await remove();
    expect(ecr.repository(repositoryName).exists).toBe(false);
  });

  test('deletes the repository with the fault "kms", but returns an error', async () => {
    ecr.seed({ repositoryName, images: 2, encryption: { encryptionType: 'KMS', kmsKey } });
    ecr.faults.add({ kind: 'kms', operation: 'DeleteRepository' });
    expect(await errorOf(remove(true))).toMatchObject({
      name: 'KmsException',
      kmsError: 'KMSInternalException',
      message: `The repository with name '${repositoryName}' in registry with id '000000000000' has been deleted successfully but the`
        + ` grants created by the kmsKey '${kmsKey}' failed to be retired`,
    });
    expect(ecr.repository(repositoryName).exists).toBe(false);
  });

  test.each([
    ['without kms:RetireGrant', [], 'AccessDeniedException'],
    ['with it for another service', ['ec2.us-east-1.amazonaws.com'], 'AccessDeniedException'],
    ['with it through ECR', ['ecr.us-east-1.amazonaws.com'], undefined],
  ])('%s', async (_name, services, kmsError) => {
    ecr.seed({ repositoryName, encryption: { encryptionType: 'KMS', kmsKey } });
    ecr.principal('role', {
      policy: [
        { Effect: 'Allow', Action: 'ecr:DeleteRepository', Resource: arn },
        ...services.map(service => ({
          Effect: 'Allow' as const,
          Action: 'kms:RetireGrant',
          Resource: 'arn:aws:kms:*:*:key/*',
          Condition: { StringEquals: { 'kms:ViaService': service } },
        })),
      ],
    });
    const outcome = await clientOf(ecr, 'role').send(new DeleteRepositoryCommand({ repositoryName }))
      .then(() => undefined, error => error.kmsError);
    expect(outcome).toBe(kmsError);
    expect(ecr.repository(repositoryName).exists).toBe(false);
    expect(ecr.granted('role').map(grant => grant.action)).toEqual(['ecr:DeleteRepository', ...kmsError ? [] : ['kms:RetireGrant']]);
  });

  test('does not support a KMS fault without a key', async () => {
    ecr.seed({ repositoryName });
    ecr.faults.add({ kind: 'kms' });
    await expect(remove()).rejects.toMatchObject({ name: 'LocalServiceDefect' });
    expect(ecr.repository(repositoryName).exists).toBe(true);
  });

  test('a push with a disabled key fails without an effect', async () => {
    ecr.seed({ repositoryName, encryption: { encryptionType: 'KMS_DSSE', kmsKey } });
    ecr.disableKey(kmsKey);
    const push = () => client.send(new PutImageCommand({
      repositoryName, imageManifest: '{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}',
    }));
    await expect(push()).rejects.toMatchObject({ name: 'KmsException', kmsError: 'DisabledException' });
    expect(ecr.images(repositoryName)).toBe(0);
    ecr.enableKey(kmsKey);
    await push();
    expect(ecr.images(repositoryName)).toBe(1);
  });
});

describe('tags', () => {
  const tag = (...tags: { Key: string; Value: string }[]) => client.send(new TagResourceCommand({ resourceArn: arn, tags }));
  const many = (count: number, prefix: string) => Array.from({ length: count }, (_, n) => ({ Key: `${prefix}${n}`, Value: '' }));

  test('are set, listed, and removed, and removing a missing tag succeeds', async () => {
    ecr.seed({ repositoryName, tags: { 'aws:cloudformation:stack-name': 'app' } });
    await tag({ Key: 'cdk-ecr-keeper:teardown-by', Value: 'id:Teardown' }, { Key: 'b', Value: '' });
    await client.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['b', 'absent'] }));
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual([
      { Key: 'aws:cloudformation:stack-name', Value: 'app' }, { Key: 'cdk-ecr-keeper:teardown-by', Value: 'id:Teardown' },
    ]);
  });

  test.each([
    ['an aws: key', [{ Key: 'AWS:x', Value: '' }]],
    ['an empty key', [{ Key: '', Value: '' }]],
    ['a long key', [{ Key: 'k'.repeat(129), Value: '' }]],
    ['a long value', [{ Key: 'k', Value: 'v'.repeat(257) }]],
    ['a character outside the set', [{ Key: 'k', Value: '{}' }]],
    ['a key twice', [{ Key: 'k', Value: '1' }, { Key: 'k', Value: '2' }]],
  ])('%s fails completely', async (_name, tags) => {
    ecr.seed({ repositoryName });
    await expect(tag({ Key: 'good', Value: '' }, ...tags)).rejects.toMatchObject({ name: 'InvalidTagParameterException' });
    expect(ecr.repository(repositoryName).tags).toEqual({});
  });

  test('are limited to 50, without the tags of AWS', async () => {
    ecr.seed({ repositoryName, tags: { 'aws:cloudformation:stack-id': 'x' } });
    await tag(...many(50, 'k'));
    await tag(...many(50, 'k'));
    await expect(tag({ Key: 'one-more', Value: '' })).rejects.toMatchObject({ name: 'TooManyTagsException' });
    await expect(create('other', { tags: many(51, 'k') })).rejects.toMatchObject({ name: 'TooManyTagsException' });
    expect(ecr.repository('other').exists).toBe(false);
  });

  test('require the ARN of a repository in this registry', async () => {
    const list = (resourceArn: string) => client.send(new ListTagsForResourceCommand({ resourceArn }));
    await expect(list(arn)).rejects.toMatchObject(gone);
    await expect(list('arn:aws:ecr:eu-west-1:000000000000:repository/app')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(list('repository/app')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
