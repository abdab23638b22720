import {
  BatchDeleteImageCommand, DeleteRepositoryCommand, DescribeRegistryCommand, ECRClient, PutImageCommand, PutReplicationConfigurationCommand,
  ReplicationRule,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { OCI_MANIFEST } from './manifest';
import { clientOf, startForEachTest } from './test-client';
import type { AssumptionId } from '../probes/probes';

const repositoryName = 'team/app';
const home = { region: 'us-east-1' };
const paris = { region: 'eu-west-3' };
const archive = { account: '111122223333', region: 'us-east-1' };
/** A registry policy of the other account. */
const permission = (...Action: string[]) => JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: '000000000000' }, Action, Resource: 'arn:aws:ecr:us-east-1:111122223333:repository/team/*' },
  ],
});
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
  ecr.registryPolicy(archive, permission('ecr:ReplicateImage', 'ecr:CreateRepository'));
});

const manifest = (n: number) => JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: { size: n }, layers: [] });
const push = async (n: number, imageTag?: string) =>
  (await client.send(new PutImageCommand({ repositoryName, imageManifest: manifest(n), imageTag }))).image!.imageId!.imageDigest!;
const remove = (...imageIds: { imageDigest?: string; imageTag?: string }[]) =>
  client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
const tagsIn = (place: { account?: string; region?: string }) =>
  Object.fromEntries(ecr.repository(repositoryName, place).images.map(image => [image.digest, image.tags]));
const put = (...rules: ReplicationRule[]) => client.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }));

describe('pushing', () => {
  test('copies digests and tags to each destination, without other settings of the source', async () => {
    const policyText = JSON.stringify({
      Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }],
    });
    ecr.recreate(repositoryName, { tags: { owner: 'me' }, imageTagMutability: 'IMMUTABLE', policyText });
    const before = await push(1, 'before');
    ecr.replicate({ from: home, to: [paris, archive] });
    const after = await push(2, 'after');
    expect(tagsIn(home)).toEqual({ [before]: ['before'], [after]: ['after'] });
    for (const place of [paris, archive]) {
      expect(tagsIn(place)).toEqual({ [after]: ['after'] });
      expect(ecr.repository(repositoryName, place)).toMatchObject({ tags: {}, imageTagMutability: 'MUTABLE' });
      expect(ecr.repository(repositoryName, place)).not.toHaveProperty('policyText');
    }
  });

  test.each<[string, string, number, number]>([
    ['no statement', permission().replace(/\[.*\]/, '[]'), 0, 0],
    ['a statement for existing repositories', permission('ecr:ReplicateImage'), 0, 1],
    ['a statement for creation only', permission('ecr:CreateRepository'), 0, 0],
    ['a statement for other repositories', permission('ecr:*').replace('team/*', 'other/*'), 0, 0],
    ['a statement for another account', permission('ecr:*').replace('000000000000', '222222222222'), 0, 0],
    ['a statement for all actions', permission('ecr:*'), 1, 2],
    ['a statement for all actions, and one that denies creation', permission('ecr:*').replace(']}', `,${JSON.stringify({
      Effect: 'Deny', Principal: '*', Action: 'ecr:CreateRepository', Resource: 'arn:aws:ecr:us-east-1:111122223333:repository/*',
    })}]}`), 0, 1],
  ])('needs a registry policy of the other account: %s', async (_what, policyText, missing, existing) => {
    ecr.registryPolicy(archive, policyText);
    ecr.replicate({ from: home, to: [archive, paris] });
    await push(1, 'v1');
    expect([ecr.images(repositoryName, archive), ecr.images(repositoryName, paris)]).toEqual([missing, 1]);
    ecr.seed({ ...archive, repositoryName });
    await push(2, 'v2');
    expect(ecr.images(repositoryName, archive)).toBe(existing);
  });

  test('moves a tag in the copy too, unless the tags of the copy are immutable', async () => {
    ecr.replicate({ from: home, to: [paris, archive] });
    ecr.seed({ ...paris, repositoryName, imageTagMutability: 'IMMUTABLE' });
    const [one, two] = [await push(1, 'v1'), await push(2, 'v1')];
    expect(tagsIn(archive)).toEqual({ [one]: [], [two]: ['v1'] });
    expect(tagsIn(paris)).toEqual({ [one]: ['v1'], [two]: [] });
  });

  test('copies seeded images with the children of an index', () => {
    ecr.seed({ repositoryName: 'other', images: 2 });
    const child = ecr.addImage({ repositoryName });
    ecr.replicate({ from: home, to: [paris], prefix: 'team/' });
    const index = ecr.addImage({ repositoryName, children: [child], tags: ['multi'] });
    expect(tagsIn(paris)).toEqual({ [child]: [], [index]: ['multi'] });
    ecr.seed({ repositoryName, images: 3, kind: 'multiArch', archived: 3 });
    const { images } = ecr.repository(repositoryName, paris);
    expect(images.map(image => image.status)).toEqual(Array.from({ length: 5 }, () => 'ACTIVE'));
    expect(images.at(-1)).toMatchObject({ tags: ['v1'], children: { length: 2 } });
    ecr.seed({ repositoryName: 'other', images: 1 });
    expect(ecr.repository('other', paris).exists).toBe(false);
  });

  test('does not replicate copies', async () => {
    ecr.replicate({ from: home, to: [paris] });
    ecr.replicate({ from: paris, to: [archive, home] });
    await push(1, 'v1');
    expect([ecr.images(repositoryName, paris), ecr.images(repositoryName, archive), ecr.images(repositoryName)]).toEqual([1, 0, 1]);
  });

  test('creates a deleted copy again only in the next push', async () => {
    ecr.replicate({ from: home, to: [paris] });
    await push(1, 'v1');
    await clientOf(ecr, 'test', paris).send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    expect(ecr.images(repositoryName)).toBe(1);
    const two = await push(2, 'v2');
    expect(tagsIn(paris)).toEqual({ [two]: ['v2'] });
  });
});

describe('deleting', () => {
  test.each([undefined, false])('keeps copies if the rule contains %s', async deletes => {
    ecr.replicate({ from: home, to: [paris], deletes });
    const digest = await push(1, 'v1');
    await push(1, 'v2');
    await remove({ imageTag: 'v2' });
    await remove({ imageDigest: digest });
    await client.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    expect(tagsIn(paris)).toEqual({ [digest]: ['v1', 'v2'] });
  });

  test('is replicated for tags and images if the rule requests it, but never for repositories', async () => {
    ecr.replicate({ from: home, to: [archive] });
    ecr.replicate({ from: home, to: [paris], deletes: true });
    const [one, two, three] = [await push(1, 'v1'), await push(2, 'v2'), await push(3, 'v3')];
    await push(1, 'v1-also');
    await remove({ imageTag: 'v1' }, { imageTag: 'v2' });
    expect(tagsIn(paris)).toEqual({ [one]: ['v1-also'], [three]: ['v3'] });
    await client.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    expect(tagsIn(paris)).toEqual({ [one]: ['v1-also'], [three]: ['v3'] });
    expect(tagsIn(archive)).toEqual({ [one]: ['v1', 'v1-also'], [two]: ['v2'], [three]: ['v3'] });
  });

  test('keeps a copy that an index of its repository lists', async () => {
    ecr.replicate({ from: home, to: [paris], deletes: true });
    const child = await push(1);
    const index = ecr.addImage({ ...paris, repositoryName, children: [child] });
    await remove({ imageDigest: child });
    expect(ecr.images(repositoryName)).toBe(0);
    expect(tagsIn(paris)).toEqual({ [child]: [], [index]: [] });
  });

  test('in the destination does not affect the source', async () => {
    ecr.replicate({ from: home, to: [paris], deletes: true });
    const imageDigest = await push(1, 'v1');
    await clientOf(ecr, 'test', paris).send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest }] }));
    expect([ecr.images(repositoryName), ecr.images(repositoryName, paris)]).toEqual([1, 0]);
  });
});

describe('the configuration', () => {
  const to = (region: string, registryId = '000000000000') => ({ destinations: [{ region, registryId }] });

  test('is returned as written for each Region, and is replaced completely', async () => {
    const rules = [{ ...to('eu-west-3'), repositoryFilters: [{ filter: 'team/', filterType: 'PREFIX_MATCH' as const }] }, to('us-west-2')];
    expect((await put(...rules)).replicationConfiguration).toEqual({ rules });
    const read = (from = client) => from.send(new DescribeRegistryCommand({}));
    expect(await read()).toMatchObject({ registryId: '000000000000', replicationConfiguration: { rules } });
    expect((await read(clientOf(ecr, 'test', paris))).replicationConfiguration).toEqual({ rules: [] });
    await put();
    expect((await read()).replicationConfiguration).toEqual({ rules: [] });
    await push(1);
    expect(ecr.images(repositoryName, paris)).toBe(0);
  });

  test.each<[string, ReplicationRule[]]>([
    ['26 rules', Array.from({ length: 26 }, () => to('eu-west-3'))],
    ['the registry itself as destination', [to('us-east-1')]],
    ['26 destinations',
      [{ destinations: Array.from({ length: 26 }, (_, at) => ({ region: `eu-west-${at}`, registryId: '000000000000' })) }]],
    ['a Region in capitals', [to('EU')]],
    ['an account of 11 digits', [to('eu-west-3', '0'.repeat(11))]],
    ['an empty list of filters', [{ ...to('eu-west-3'), repositoryFilters: [] }]],
    ['a filter of one character', [{ ...to('eu-west-3'), repositoryFilters: [{ filter: 'a', filterType: 'PREFIX_MATCH' }] }]],
    ['a wildcard', [{ ...to('eu-west-3'), repositoryFilters: [{ filter: 'team/*', filterType: 'PREFIX_MATCH' }] }]],
    ['another type of filter', [{ ...to('eu-west-3'), repositoryFilters: [{ filter: 'team', filterType: 'WILDCARD' as 'PREFIX_MATCH' }] }]],
    ['101 filters', [{
      ...to('eu-west-3'),
      repositoryFilters: Array.from({ length: 101 }, (_, at) => ({ filter: `team/${at}`, filterType: 'PREFIX_MATCH' as const })),
    }]],
  ])('cannot contain %s', async (_what, rules) => {
    await expect(put(...rules)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  const twice: ReplicationRule = {
    ...to('eu-west-3'), repositoryFilters: [1, 2].map(() => ({ filter: 'team/', filterType: 'PREFIX_MATCH' })),
  };
  test.each<[AssumptionId, ReplicationRule[]]>([
    ['replication-equal-rules', [to('eu-west-3'), to('eu-west-3')]],
    ['replication-equal-filters', [twice]],
  ])('is refused only in the other reading of %s', async (id, rules) => {
    expect((await put(...rules)).replicationConfiguration).toEqual({ rules });
    ecr.readings.set(id, 'other');
    await expect(put(...rules)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  // the client in use has no `deleteReplication` yet, so these are posted as they are
  test.each([
    [{ enabled: true }, 200],
    [{ enabled: 'yes' }, 400],
    [{}, 400],
  ])('with deleteReplication %j results in the status %d', async (deleteReplication, status) => {
    const response = await fetch(ecr.endpoint, {
      method: 'POST',
      headers: {
        'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.PutReplicationConfiguration',
        'authorization': 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ecr/aws4_request, Signature=0',
      },
      body: JSON.stringify({ replicationConfiguration: { rules: [{ ...to('eu-west-3'), deleteReplication }] } }),
    });
    expect(response.status).toBe(status);
    if (status === 200) {
      expect(await response.json()).toEqual({ replicationConfiguration: { rules: [{ ...to('eu-west-3'), deleteReplication }] } });
    }
  });

  test('is authorized on *', async () => {
    ecr.principal('test', { policy: [{ Effect: 'Allow', Action: 'ecr:*', Resource: 'arn:aws:ecr:us-east-1:000000000000:repository/*' }] });
    await expect(put()).rejects.toMatchObject({ message: expect.stringContaining('ecr:PutReplicationConfiguration on resource: *') });
    await expect(client.send(new DescribeRegistryCommand({})))
      .rejects.toMatchObject({ message: expect.stringContaining('ecr:DescribeRegistry on resource: *') });
  });
});
