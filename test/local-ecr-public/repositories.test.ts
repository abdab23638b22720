import {
  CreateRepositoryCommand, DeleteRepositoryCommand, DescribeRegistriesCommand, DescribeRepositoriesCommand, ECRPUBLICClient,
} from '@aws-sdk/client-ecr-public';
import type { LocalEcrPublic } from './local-ecr-public';
import { clientOf, startForEachTest } from './test-client';

const repositoryName = 'team/app';
const arn = `arn:aws:ecr-public::000000000000:repository/${repositoryName}`;
let ecr: LocalEcrPublic;
let client: ECRPUBLICClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
});

const create = (name: string, more: object = {}) => client.send(new CreateRepositoryCommand({ repositoryName: name, ...more }));
const remove = (force?: boolean) => client.send(new DeleteRepositoryCommand({ repositoryName, force }));
const describeAll = (input: object = {}) => client.send(new DescribeRepositoriesCommand(input));
const gone = {
  name: 'RepositoryNotFoundException',
  message: `The repository with name '${repositoryName}' does not exist in the registry with id '000000000000'`,
};

describe('create and describe', () => {
  test('a repository is described as it was created', async () => {
    const { repository, catalogData } = await create(repositoryName, { tags: [{ Key: 'a', Value: '1' }] });
    expect(repository).toEqual({
      repositoryArn: arn,
      registryId: '000000000000',
      repositoryName,
      repositoryUri: expect.stringMatching(/^public\.ecr\.aws\/[a-z][a-z0-9]{7}\/team\/app$/),
      createdAt: expect.any(Date),
    });
    expect(catalogData).toEqual({});
    expect((await describeAll({ repositoryNames: [repositoryName] })).repositories).toEqual([repository]);
    await expect(create(repositoryName)).rejects.toMatchObject({ name: 'RepositoryAlreadyExistsException' });
    expect(ecr.repository(repositoryName)).toEqual({ exists: true, arn, uri: repository!.repositoryUri, tags: { a: '1' }, images: [] });
  });

  test.each(['ab', 'a1/b2/c3', 'a.b_c-d', 'a'.repeat(205)])('the name %s is valid', async name => {
    await create(name);
    expect(ecr.repository(name).exists).toBe(true);
  });

  test.each(['a', 'A1', 'a/', '/a1', 'a//b', 'a__b', 'a--b', '-ab', 'ab-', 'a'.repeat(206)])('the name %s is invalid', async name => {
    await expect(create(name)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(/^Invalid parameter at 'repositoryName' failed to satisfy constraint: '/),
    });
  });

  test('a registry with the maximum number of repositories accepts no more', async () => {
    ecr.repositoryQuota = 1;
    await create(repositoryName);
    await expect(create('other')).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  test('pages contain 100 repositories by default, and up to 1,000', async () => {
    for (let at = 0; at < 101; at += 1) ecr.seed({ repositoryName: `app-${at}` });
    const first = await describeAll();
    expect(first.repositories).toHaveLength(100);
    expect((await describeAll({ nextToken: first.nextToken })).repositories).toMatchObject([{ repositoryName: 'app-100' }]);
    expect(await describeAll({ maxResults: 1000 })).not.toHaveProperty('nextToken');
    for (const maxResults of [0, 1001]) {
      await expect(describeAll({ maxResults })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
    await expect(describeAll({ nextToken: 'made-up' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('a call accepts at most 100 names without paging, and all must exist', async () => {
    ecr.seed({ repositoryName });
    await expect(describeAll({ repositoryNames: Array.from({ length: 101 }, (_, at) => `app-${at}`) }))
      .rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(describeAll({ repositoryNames: [repositoryName], maxResults: 1 }))
      .rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(describeAll({ repositoryNames: [repositoryName, 'other'] }))
      .rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  });
});

describe('delete', () => {
  test('a repository with images requires force', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'multiArch' });
    await expect(remove()).rejects.toMatchObject({
      name: 'RepositoryNotEmptyException',
      message: `The repository with name '${repositoryName}' in registry with id '000000000000' cannot be deleted because it`
        + ' still contains images',
    });
    expect((await remove(true)).repository).toMatchObject({ repositoryArn: arn });
    expect(ecr.repository(repositoryName)).toEqual({ exists: false, tags: {}, images: [] });
    await expect(remove(true)).rejects.toMatchObject(gone);
  });

  test('an empty repository requires no force, and a missing one is not found', async () => {
    ecr.seed({ repositoryName });
    await remove();
    ecr.seed({ repositoryName });
    ecr.vanish(repositoryName);
    await expect(remove()).rejects.toMatchObject(gone);
  });

  test('a repository with the same name can be created again', async () => {
    ecr.seed({ repositoryName, images: 2, tags: { owner: 'me' } });
    const createdAt = async () => (await describeAll({ repositoryNames: [repositoryName] })).repositories![0].createdAt!.getTime();
    const before = await createdAt();
    ecr.recreate(repositoryName, { tags: { owner: 'you' } });
    expect(ecr.repository(repositoryName)).toMatchObject({ tags: { owner: 'you' }, images: [] });
    expect(await createdAt()).toBeGreaterThan(before);
  });

  test('registryId selects another account', async () => {
    ecr.seed({ repositoryName, account: '111122223333' });
    await expect(remove()).rejects.toMatchObject(gone);
    await client.send(new DeleteRepositoryCommand({ repositoryName, registryId: '111122223333' }));
    expect(ecr.repository(repositoryName, { account: '111122223333' }).exists).toBe(false);
  });
});

describe('registries and Regions', () => {
  const registries = async () => (await client.send(new DescribeRegistriesCommand({}))).registries;

  test('the first repository creates the alias of the registry permanently', async () => {
    expect(await registries()).toEqual([]);
    const { repository } = await create(repositoryName);
    const name = repository!.repositoryUri!.split('/')[1];
    await remove();
    expect(await registries()).toEqual([{
      registryId: '000000000000',
      registryArn: 'arn:aws:ecr-public::000000000000:registry/000000000000',
      registryUri: `public.ecr.aws/${name}`,
      verified: false,
      aliases: [{ name, status: 'ACTIVE', primaryRegistryAlias: true, defaultRegistryAlias: true }],
    }]);
  });

  test('a custom alias becomes the primary alias and is part of the URIs', async () => {
    ecr.seed({ repositoryName });
    ecr.alias('acme');
    ecr.verify();
    expect((await describeAll()).repositories).toMatchObject([{ repositoryUri: 'public.ecr.aws/acme/team/app' }]);
    expect(await registries()).toMatchObject([{
      registryUri: 'public.ecr.aws/acme',
      verified: true,
      aliases: [
        { primaryRegistryAlias: false, defaultRegistryAlias: true },
        { name: 'acme', primaryRegistryAlias: true, defaultRegistryAlias: false },
      ],
    }]);
  });

  test.each(['us-west-2', 'eu-west-1'])('a call in %s fails', async region => {
    const elsewhere = clientOf(ecr, 'test', { region });
    await expect(elsewhere.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
      name: 'UnsupportedCommandException', message: 'DescribeRepositories command is only supported in us-east-1.',
    });
    elsewhere.destroy();
  });
});
