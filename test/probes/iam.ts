import {
  BatchDeleteImageCommand, DeleteLifecyclePolicyCommand, DeleteRepositoryCommand, DescribeImagesCommand,
  DescribeRepositoriesCommand, ECRClient, ListImagesCommand, ListTagsForResourceCommand, PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand, TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import { answerOf, Probe, ProbeWorld, Statement } from './probe';

const DENIED = 'AccessDeniedException';
const KEYS = 'local-ecr/condition-keys.ts';
const TAG = { Key: 'ecr-keeper-probe-a', Value: 'yes' };
const OTHER_TAG = { ...TAG, Key: 'ecr-keeper-probe-b' };

const arnOf = ({ account, region }: ProbeWorld, name: string) => `arn:aws:ecr:${region}:${account}:repository/${name}`;

const SELECTION = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 };
const LIFECYCLE_POLICY = { rules: [{ rulePriority: 1, selection: SELECTION, action: { type: 'expire' } }] };

const allow = (Action: readonly string[], Condition: NonNullable<Statement['Condition']>, Resource = '*'): Statement =>
  ({ Effect: 'Allow', Action, Resource, Condition });

/** The actions that roles of this library may use only on repositories with a tag. The last one deletes the repository. */
const CALLS: Readonly<Record<string, (ecr: ECRClient, repositoryName: string, resourceArn: string) => Promise<unknown>>> = {
  'ecr:TagResource': (ecr, _name, resourceArn) => ecr.send(new TagResourceCommand({ resourceArn, tags: [OTHER_TAG] })),
  'ecr:UntagResource': (ecr, _name, resourceArn) => ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: [OTHER_TAG.Key] })),
  'ecr:PutLifecyclePolicy': (ecr, repositoryName) => ecr.send(new PutLifecyclePolicyCommand({
    repositoryName, lifecyclePolicyText: JSON.stringify(LIFECYCLE_POLICY),
  })),
  'ecr:DeleteLifecyclePolicy': (ecr, repositoryName) => ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName })),
  'ecr:BatchDeleteImage': (ecr, repositoryName) => ecr.send(new BatchDeleteImageCommand({
    repositoryName, imageIds: [{ imageTag: 'missing' }],
  })),
  'ecr:DeleteRepository': (ecr, repositoryName) => ecr.send(new DeleteRepositoryCommand({ repositoryName })),
};

export const TAGGED_ACTIONS = Object.keys(CALLS);

/** What IAM evaluates for private repositories. */
export const IAM = [
  {
    id: 'principal-arn-path',
    fact: 'aws:PrincipalArn of a session is the ARN of its role with the path of the role',
    assumed: 'accepted',
    other: DENIED,
    fake: 'local-ecr/authorisation.ts',
    rests: ['src/private/policy/deletion-lock.ts'],
    otherwise: 'test/lambda/shared/deletion-lock.test.ts',
    async ask(world) {
      const repositoryName = await world.repository();
      const { ecr } = await world.role([
        allow(['ecr:DescribeImages'], { ArnLike: { 'aws:PrincipalArn': `arn:*:iam::${world.account}:role/ecr-keeper-probe/*` } }),
      ]);
      return answerOf(ecr.send(new DescribeImagesCommand({ repositoryName })));
    },
  },
  {
    id: 'denial-reason',
    fact: 'If a policy of the caller and the policy of the repository deny an action, the message names the policy of the caller',
    assumed: 'identity',
    other: 'resource',
    fake: 'local-ecr/authorisation.ts',
    rests: ['lambda/shared/protocol/errors.ts'],
    otherwise: 'test/lambda/teardown/readings.test.ts',
    async ask(world) {
      const repositoryName = await world.repository();
      const deny = { Effect: 'Deny', Principal: { AWS: world.account }, Action: 'ecr:ListImages' };
      await world.clients.ecr.send(new SetRepositoryPolicyCommand({
        repositoryName, policyText: JSON.stringify({ Version: '2012-10-17', Statement: [deny] }),
      }));
      const { ecr } = await world.role([{ Effect: 'Deny', Action: 'ecr:ListImages', Resource: '*' }]);
      return ecr.send(new ListImagesCommand({ repositoryName }))
        .then(() => 'accepted', (error: Error) => /explicit deny in an? (\w+)-based policy/.exec(error.message)?.[1] ?? error.name);
    },
  },
  {
    id: 'resource-tag-on-each-action',
    fact: 'IAM knows the tags of a private repository for each action that this library limits to repositories with a tag',
    assumed: 'all',
    other: 'none',
    fake: KEYS,
    rests: [
      'src/private/handler/handler-function.ts', 'src/private/access/capability-rights.ts', 'src/private/teardown/prefix-teardown.ts',
      'src/private/teardown/teardown-permissions.ts', 'src/private/repository/unowned-repository.ts',
    ],
    otherwise: 'test/lambda/teardown/readings.test.ts',
    async ask(world) {
      const name = await world.repository({ tags: { [TAG.Key]: TAG.Value } });
      const { ecr } = await world.role([allow(TAGGED_ACTIONS, { StringEquals: { [`aws:ResourceTag/${TAG.Key}`]: TAG.Value } })]);
      const denied = new Array<string>();
      for (const [action, call] of Object.entries(CALLS)) {
        if (await answerOf(call(ecr, name, arnOf(world, name))) === DENIED) denied.push(action);
      }
      if (denied.length === 0) return 'all';
      return denied.length === TAGGED_ACTIONS.length ? 'none' : `not for ${denied.join(', ')}`;
    },
  },
  {
    id: 'deny-without-tag',
    fact: 'A Deny for repositories whose tag has another value applies to repositories without the tag, too',
    assumed: DENIED,
    other: 'accepted',
    fake: 'local-ecr/iam.ts',
    rests: ['src/private/teardown/teardown-permissions.ts'],
    otherwise: 'test/lambda/teardown/readings.test.ts',
    async ask(world) {
      const repositoryName = await world.repository();
      const { ecr } = await world.role([
        { Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' },
        {
          Effect: 'Deny',
          Action: 'ecr:ListImages',
          Resource: '*',
          Condition: { StringNotEquals: { [`aws:ResourceTag/${TAG.Key}`]: TAG.Value } },
        },
      ]);
      return answerOf(ecr.send(new ListImagesCommand({ repositoryName })));
    },
  },
  {
    id: 'tag-keys-on-untag',
    fact: 'IAM knows the keys of the tags that UntagResource removes',
    assumed: 'only the named tag can be removed',
    other: 'no tag can be removed',
    fake: KEYS,
    rests: [
      'src/private/handler/handler-function.ts', 'src/private/access/capability-rights.ts', 'src/private/teardown/prefix-teardown.ts',
    ],
    otherwise: 'test/lambda/teardown/readings.test.ts',
    async ask(world) {
      const name = await world.repository({ tags: { [TAG.Key]: TAG.Value, [OTHER_TAG.Key]: OTHER_TAG.Value } });
      const { ecr } = await world.role([allow(['ecr:UntagResource'], { 'ForAnyValue:StringEquals': { 'aws:TagKeys': [TAG.Key] } })]);
      const end = (key: string) => answerOf(ecr.send(new UntagResourceCommand({ resourceArn: arnOf(world, name), tagKeys: [key] })));
      const ends = [await end(TAG.Key), await end(OTHER_TAG.Key)].join();
      if (ends === `accepted,${DENIED}`) return 'only the named tag can be removed';
      return ends === `${DENIED},${DENIED}` ? 'no tag can be removed' : ends;
    },
  },
  {
    id: 'request-tags',
    fact: 'IAM knows the tags that TagResource sets',
    assumed: 'only the named tag can be set',
    other: 'no tag can be set',
    fake: KEYS,
    rests: ['src/private/repository/unowned-repository.ts', 'src/private/teardown/mark-permission.ts'],
    otherwise: 'test/lambda/teardown/readings.test.ts',
    async ask(world) {
      const resourceArn = arnOf(world, await world.repository());
      const { ecr } = await world.role([allow(['ecr:TagResource'], { StringEquals: { [`aws:RequestTag/${TAG.Key}`]: TAG.Value } })]);
      const end = (tag: typeof TAG) => answerOf(ecr.send(new TagResourceCommand({ resourceArn, tags: [tag] })));
      const ends = [await end(TAG), await end(OTHER_TAG)].join();
      if (ends === `accepted,${DENIED}`) return 'only the named tag can be set';
      return ends === `${DENIED},${DENIED}` ? 'no tag can be set' : ends;
    },
  },
  {
    id: 'describe-all-iam',
    fact: 'A permission on all repositories is sufficient to list them',
    assumed: 'accepted',
    other: DENIED,
    fake: 'local-ecr/operations/repositories.ts',
    rests: ['src/private/teardown/prefix-teardown.ts', 'lambda/shared/repository/list-repositories.ts'],
    otherwise: 'test/lambda/prefix-teardown/readings.test.ts',
    async ask(world) {
      const { ecr } = await world.role([{ Effect: 'Allow', Action: 'ecr:DescribeRepositories', Resource: arnOf(world, '*') }]);
      return answerOf(ecr.send(new DescribeRepositoriesCommand({ maxResults: 1 })));
    },
  },
  {
    id: 'missing-repository-denied',
    fact: 'A caller with permissions on repositories with a tag is denied if the repository does not exist',
    assumed: DENIED,
    other: 'RepositoryNotFoundException',
    fake: 'local-ecr/local-ecr.ts',
    rests: ['lambda/shared/aws/send-command.ts', 'lambda/shared/repository/mark.ts'],
    otherwise: 'test/lambda/teardown/readings.test.ts',
    async ask(world) {
      const { ecr } = await world.role([
        allow(['ecr:ListTagsForResource'], { StringEquals: { [`aws:ResourceTag/${TAG.Key}`]: TAG.Value } }),
      ]);
      return answerOf(ecr.send(new ListTagsForResourceCommand({ resourceArn: arnOf(world, world.name('missing')) })));
    },
  },
] as const satisfies readonly Probe[];
