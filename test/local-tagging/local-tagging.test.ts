import { GetResourcesCommand, GetResourcesCommandInput, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { LocalTagging } from './local-tagging';
import { LocalEcr } from '../local-ecr/local-ecr';
import { errorOf } from '../local-ecr/test-client';

let ecr: LocalEcr;
let tagging: LocalTagging;
beforeEach(async () => {
  ecr = await LocalEcr.start();
  tagging = await LocalTagging.start(ecr, { principals: ecr.principals });
});
afterEach(() => Promise.all([ecr.stop(), tagging.stop()]));

function list(input: GetResourcesCommandInput = {}, { accessKeyId = 'test', region = 'us-east-1' } = {}) {
  const client = new ResourceGroupsTaggingAPIClient({
    region,
    endpoint: tagging.endpoint,
    requestHandler: tagging.inProcess(),
    credentials: { accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return client.send(new GetResourcesCommand({ ResourceTypeFilters: ['ecr:repository'], ...input }));
}

test('GetResources returns the tags of tagged repositories of the Region in pages', async () => {
  for (const name of ['a', 'b', 'c']) ecr.seed({ repositoryName: name, tags: { team: name } });
  ecr.seed({ repositoryName: 'untagged' });
  ecr.seed({ repositoryName: 'other', region: 'eu-west-1', tags: { team: 'x' } });
  const first = await list({ ResourcesPerPage: 2 });
  expect(first.ResourceTagMappingList).toEqual(['a', 'b'].map(name => ({
    ResourceARN: `arn:aws:ecr:us-east-1:000000000000:repository/${name}`, Tags: [{ Key: 'team', Value: name }],
  })));
  const second = await list({ ResourcesPerPage: 2, PaginationToken: first.PaginationToken });
  expect(second.ResourceTagMappingList).toHaveLength(1);
  expect(second.PaginationToken).toBe('');
});

test('GetResources refuses a page of 101 resources, and a token of another Region', async () => {
  for (const name of ['a', 'b']) ecr.seed({ repositoryName: name, tags: { team: name } });
  expect(await errorOf(list({ ResourcesPerPage: 101 }))).toMatchObject({ name: 'InvalidParameterException' });
  const { PaginationToken } = await list({ ResourcesPerPage: 1 });
  expect(await errorOf(list({ PaginationToken }, { region: 'eu-west-1' }))).toMatchObject({ name: 'PaginationTokenExpiredException' });
});

test('GetResources needs tag:GetResources', async () => {
  tagging.principal('reader', { policy: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] });
  expect(await errorOf(list({}, { accessKeyId: 'reader' }))).toMatchObject({ name: 'AccessDeniedException' });
});
