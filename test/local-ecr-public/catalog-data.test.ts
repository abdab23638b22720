import {
  CreateRepositoryCommand, ECRPUBLICClient, GetRegistryCatalogDataCommand, GetRepositoryCatalogDataCommand, PutRegistryCatalogDataCommand,
  PutRepositoryCatalogDataCommand, RepositoryCatalogDataInput,
} from '@aws-sdk/client-ecr-public';
import type { LocalEcrPublic } from './local-ecr-public';
import { startForEachTest } from './test-client';

const repositoryName = 'app';
let ecr: LocalEcrPublic;
let client: ECRPUBLICClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
});

const put = (catalogData: RepositoryCatalogDataInput) => client.send(new PutRepositoryCatalogDataCommand({ repositoryName, catalogData }));
const get = async () => (await client.send(new GetRepositoryCatalogDataCommand({ repositoryName }))).catalogData;

const most: RepositoryCatalogDataInput = {
  description: 'd'.repeat(1024),
  architectures: Array.from({ length: 50 }, (_, at) => `${at}`.padEnd(50, 'x')),
  operatingSystems: ['Linux'],
  aboutText: 'a'.repeat(25_600),
  usageText: 'u'.repeat(25_600),
};

test('catalog data is returned as written, with the logo as a URL, until the next write replaces it', async () => {
  const { catalogData } = await put({ ...most, logoImageBlob: new Uint8Array(512_000) });
  expect(catalogData).toEqual({ ...most, logoUrl: expect.stringMatching(/^https:\/\/.+\.png$/) });
  expect(await get()).toEqual(catalogData);
  await put({ description: 'new' });
  expect(ecr.repository(repositoryName).catalogData).toEqual({ description: 'new' });
});

test.each<[string, RepositoryCatalogDataInput]>([
  ['description', { description: 'd'.repeat(1025) }],
  ['aboutText', { aboutText: 'a'.repeat(25_601) }],
  ['usageText', { usageText: 'u'.repeat(25_601) }],
  ['architectures', { architectures: Array.from({ length: 51 }, () => 'ARM') }],
  ['operatingSystems', { operatingSystems: ['x'.repeat(51)] }],
  ['operatingSystems', { operatingSystems: [''] }],
  ['logoImageBlob', { logoImageBlob: new Uint8Array(512_001) }],
])('%s is limited, also at creation', async (member, catalogData) => {
  const refused = { name: 'InvalidParameterException', message: expect.stringContaining(`'catalogData.${member}'`) };
  await expect(put(catalogData)).rejects.toMatchObject(refused);
  await expect(client.send(new CreateRepositoryCommand({ repositoryName: 'other', catalogData }))).rejects.toMatchObject(refused);
  expect(ecr.repository('other').exists).toBe(false);
});

test('a repository without catalog data returns empty data or, with the other reading, an error', async () => {
  expect(await get()).toEqual({});
  ecr.readings.set('public-catalog-before-put', 'other');
  await expect(get()).rejects.toMatchObject({ name: 'RepositoryCatalogDataNotFoundException' });
  ecr.seed({ repositoryName, catalogData: { description: 'seeded' } });
  expect(await get()).toEqual({ description: 'seeded' });
  ecr.vanish(repositoryName);
  await expect(get()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
});

test('only verified accounts have a display name, of at most 100 characters', async () => {
  const name = (displayName: string) => client.send(new PutRegistryCatalogDataCommand({ displayName }));
  await expect(name('Acme')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  ecr.verify();
  await expect(name('x'.repeat(101))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  expect((await client.send(new GetRegistryCatalogDataCommand({}))).registryCatalogData).toEqual({});
  expect((await name('Acme')).registryCatalogData).toEqual({ displayName: 'Acme' });
  expect((await client.send(new GetRegistryCatalogDataCommand({}))).registryCatalogData).toEqual({ displayName: 'Acme' });
});
