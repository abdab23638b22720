import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { startForEachTest } from './test-client';

const repositoryName = 'app';
const place = { account: '111122223333' };
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
}, { ecr: { now: () => new Date('2026-01-01T00:00:00Z') } });

const createdAt = async () => {
  const { repositories } = await client.send(new DescribeRepositoriesCommand({
    repositoryNames: [repositoryName], registryId: place.account,
  }));
  return repositories![0].createdAt!.getTime();
};

test('recreating a repository creates a different repository with the same name', async () => {
  ecr.seed({ ...place, repositoryName, images: 3, tags: { owner: 'me' }, imageTagMutability: 'IMMUTABLE' });
  const before = await createdAt();
  ecr.recreate(repositoryName, {}, place);
  expect(ecr.repository(repositoryName, place)).toMatchObject({ tags: {}, images: [], imageTagMutability: 'MUTABLE' });
  expect(await createdAt()).toBeGreaterThan(before);
  ecr.recreate(repositoryName, { tags: { owner: 'you' }, images: 1 }, place);
  expect(ecr.repository(repositoryName, place)).toMatchObject({ tags: { owner: 'you' }, images: { length: 1 } });
});

test('only existing repositories can be recreated', () => {
  expect(() => ecr.recreate(repositoryName)).toThrow('does not exist');
});
