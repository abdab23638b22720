import {
  BatchDeleteImageCommand, DeleteRepositoryCommand, DeleteRepositoryPolicyCommand, ECRPUBLICClient, GetRepositoryCatalogDataCommand,
  PutRepositoryCatalogDataCommand, SetRepositoryPolicyCommand, TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-ecr-public';
import { answerOf, Probe, ProbeWorld, Statement } from './probe';

const DENIED = 'AccessDeniedException';
const TAG = { Key: 'ecr-keeper-probe-a', Value: 'yes' };
const OTHER_TAG = { ...TAG, Key: 'ecr-keeper-probe-b' };
const PERMISSIONS = 'src/private/public/public-permissions.ts';
const CATALOG = 'lambda/public-repository/catalog.ts';
const READINGS = 'test/lambda/public-repository/readings.test.ts';

const allow = (Action: readonly string[], Condition?: Statement['Condition']): Statement => ({
  Effect: 'Allow', Action, Resource: '*', ...Condition && { Condition },
});

const isTagged = { StringEquals: { [`aws:ResourceTag/${TAG.Key}`]: TAG.Value } };

interface Call {
  readonly repositoryName: string;
  readonly resourceArn: string;
  readonly account: string;
}

/** The actions that roles of this library may use only on public repositories with a tag. The last one deletes the repository. */
const CALLS: Readonly<Record<string, (ecr: ECRPUBLICClient, call: Call) => Promise<unknown>>> = {
  'ecr-public:TagResource': (ecr, { resourceArn }) => ecr.send(new TagResourceCommand({ resourceArn, tags: [OTHER_TAG] })),
  'ecr-public:UntagResource': (ecr, { resourceArn }) => ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: [OTHER_TAG.Key] })),
  'ecr-public:PutRepositoryCatalogData': (ecr, { repositoryName }) =>
    ecr.send(new PutRepositoryCatalogDataCommand({ repositoryName, catalogData: { description: 'a probe' } })),
  'ecr-public:SetRepositoryPolicy': (ecr, { repositoryName, account }) => ecr.send(new SetRepositoryPolicyCommand({
    repositoryName,
    policyText: JSON.stringify({
      Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'ecr-public:DescribeImages' }],
    }),
  })),
  'ecr-public:DeleteRepositoryPolicy': (ecr, { repositoryName }) => ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName })),
  'ecr-public:BatchDeleteImage': (ecr, { repositoryName }) =>
    ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'missing' }] })),
  'ecr-public:DeleteRepository': (ecr, { repositoryName }) => ecr.send(new DeleteRepositoryCommand({ repositoryName })),
};

async function catalogOf({ clients: { ecrPublic } }: ProbeWorld, repositoryName: string) {
  const { catalogData = {} } = await ecrPublic.send(new GetRepositoryCatalogDataCommand({ repositoryName }));
  return catalogData;
}

/** Amazon ECR Public. */
export const ECR_PUBLIC = [
  {
    id: 'public-catalog-before-put',
    fact: 'Reading the catalog data of a public repository that never had any is no error',
    assumed: 'empty',
    other: 'RepositoryCatalogDataNotFoundException',
    fake: 'local-ecr-public/operations/catalog-data.ts',
    rests: [CATALOG],
    otherwise: READINGS,
    ask: async world => answerOf(catalogOf(world, await world.publicRepository()), 'empty'),
  },
  {
    id: 'public-catalog-write-replaces',
    fact: 'A write of catalog data removes the members that it omits',
    assumed: 'removed',
    other: 'kept',
    fake: 'local-ecr-public/operations/catalog-data.ts',
    rests: [CATALOG],
    otherwise: READINGS,
    async ask(world) {
      const repositoryName = await world.publicRepository();
      const { ecrPublic } = world.clients;
      const put = (catalogData: object) => ecrPublic.send(new PutRepositoryCatalogDataCommand({ repositoryName, catalogData }));
      await put({ description: 'a probe', aboutText: 'asks' });
      await put({ description: 'a probe' });
      return (await catalogOf(world, repositoryName)).aboutText === 'asks' ? 'kept' : 'removed';
    },
  },
  {
    id: 'public-catalog-empty-lists',
    fact: 'An empty list of architectures in catalog data is stored and returned',
    assumed: 'empty list',
    other: 'omitted',
    fake: 'local-ecr-public/operations/catalog-data.ts',
    rests: [CATALOG],
    otherwise: READINGS,
    async ask(world) {
      const repositoryName = await world.publicRepository();
      const catalogData = { description: 'a probe', architectures: [] };
      await world.clients.ecrPublic.send(new PutRepositoryCatalogDataCommand({ repositoryName, catalogData }));
      const { architectures } = await catalogOf(world, repositoryName);
      return architectures === undefined ? 'omitted' : architectures.length === 0 ? 'empty list' : architectures.join(', ');
    },
  },
  {
    id: 'public-policy-resource',
    fact: 'A statement of the policy of a public repository cannot have a Resource, as in a private one',
    assumed: 'InvalidParameterException',
    other: 'accepted',
    fake: 'local-ecr-public/repository-policy.ts',
    rests: ['lambda/public-repository/policy.ts'],
    otherwise: READINGS,
    async ask(world) {
      const repositoryName = await world.publicRepository();
      const statement = { Effect: 'Allow', Principal: { AWS: world.account }, Action: 'ecr-public:DescribeImages', Resource: '*' };
      const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      return answerOf(world.clients.ecrPublic.send(new SetRepositoryPolicyCommand({ repositoryName, policyText })));
    },
  },
  {
    id: 'public-tags-at-creation-action',
    fact: 'To create a public repository with tags, ecr-public:TagResource is needed too',
    assumed: DENIED,
    other: 'accepted',
    fake: 'local-ecr-public/operations/repositories.ts',
    rests: [PERMISSIONS],
    otherwise: READINGS,
    async ask(world) {
      const by = await world.role([allow(['ecr-public:CreateRepository'])]);
      return answerOf(world.publicRepository({ tags: { [TAG.Key]: TAG.Value }, by }));
    },
  },
  {
    id: 'public-resource-tag-on-create',
    fact: 'The tags of a public repository that is created are not its tags for IAM yet',
    assumed: DENIED,
    other: 'accepted',
    fake: 'local-ecr-public/condition-keys.ts',
    rests: [PERMISSIONS],
    otherwise: READINGS,
    async ask(world) {
      const by = await world.role([allow(['ecr-public:CreateRepository', 'ecr-public:TagResource'], isTagged)]);
      return answerOf(world.publicRepository({ tags: { [TAG.Key]: TAG.Value }, by }));
    },
  },
  {
    id: 'public-resource-tag-on-each-action',
    fact: 'IAM knows the tags of a public repository for each action that this library limits to repositories with a tag',
    assumed: 'all',
    other: 'none',
    fake: 'local-ecr-public/condition-keys.ts',
    rests: [PERMISSIONS],
    otherwise: READINGS,
    async ask(world) {
      const repositoryName = await world.publicRepository({ tags: { [TAG.Key]: TAG.Value } });
      const { account } = world;
      const { ecrPublic } = await world.role([allow(Object.keys(CALLS), isTagged)]);
      const denied = new Array<string>();
      for (const [action, call] of Object.entries(CALLS)) {
        const resourceArn = `arn:aws:ecr-public::${account}:repository/${repositoryName}`;
        if (await answerOf(call(ecrPublic, { repositoryName, resourceArn, account })) === DENIED) denied.push(action);
      }
      if (denied.length === 0) return 'all';
      return denied.length === Object.keys(CALLS).length ? 'none' : `not for ${denied.join(', ')}`;
    },
  },
] as const satisfies readonly Probe[];
