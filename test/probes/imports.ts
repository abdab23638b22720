import { DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeRepositoriesCommand, GetLifecyclePolicyCommand, GetRepositoryPolicyCommand, ListTagsForResourceCommand,
  PutImageTagMutabilityCommand, PutLifecyclePolicyCommand, SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { deployed, EMULATOR, isLeft } from './deleted-stacks';
import { Probe, ProbeWorld } from './probe';
import { custom, Resource } from './probe-stack';

const ADOPT = 'docs/guides/adoption.md';
const TAG = { Key: 'ecr-keeper-probe', Value: 'of-the-template' };
/** Key of a tag that no template contains. */
const FOREIGN = 'ecr-keeper-probe-foreign';
const RULE = {
  rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 }, action: { type: 'expire' },
};
const LIFECYCLE_POLICY = JSON.stringify({ rules: [RULE] });

const repositoryPolicy = ({ account }: ProbeWorld) => JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Probe', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'ecr:DescribeImages' }],
});

async function tagKeys({ account, region, clients }: ProbeWorld, name: string): Promise<string[]> {
  const resourceArn = `arn:aws:ecr:${region}:${account}:repository/${name}`;
  const { tags = [] } = await clients.ecr.send(new ListTagsForResourceCommand({ resourceArn }));
  return tags.map(({ Key = '' }) => Key);
}

/** Imports a repository that exists into a new stack. Returns the status of the stack. */
async function imported(world: ProbeWorld, RepositoryName: string, more: Readonly<Record<string, Resource>> = {}): Promise<string> {
  const stack = await world.stack();
  const Repository = stack.repository({ RepositoryName, Tags: [TAG] }, 'RetainExceptOnCreate');
  return stack.deploy({ Repository, ...more }, { importsExisting: true });
}

async function isThere(call: Promise<unknown>): Promise<string> {
  return call.then(() => 'kept', (error: Error) => /PolicyNotFoundException$/.test(error.name) ? 'removed' : error.name);
}

/** What CloudFormation does to repositories that it creates or imports. */
export const IMPORTS = [
  {
    id: 'repositories-have-no-system-tags',
    fact: 'CloudFormation sets no tags that begin with aws:cloudformation: on a repository that it creates',
    assumed: 'no tags',
    other: 'tags',
    fake: EMULATOR,
    rests: ['src/private/teardown/teardown-permissions.ts', 'lambda/shared/repository/owning-stack.ts', 'cli/adopt/owner.ts'],
    otherwise: 'test/e2e/scenes/whole-stack.ts',
    minutes: 2,
    async ask(world) {
      const stack = await world.stack();
      const repository = stack.repository();
      await deployed(stack, { Repository: repository });
      const keys = await tagKeys(world, repository.Properties.RepositoryName);
      return keys.some(key => key.startsWith('aws:cloudformation:')) ? 'tags' : 'no tags';
    },
  },
  {
    id: 'import-is-no-creation',
    fact: 'A rolled-back stack creation that imported an empty repository with RetainExceptOnCreate keeps the repository',
    assumed: 'ROLLBACK_COMPLETE, repository kept',
    other: 'ROLLBACK_COMPLETE, repository deleted',
    fake: EMULATOR,
    rests: ['lambda/shared/teardown/tear-down.ts', 'docs/guides/adoption.md'],
    otherwise: ADOPT,
    minutes: 4,
    async ask(world) {
      const name = await world.repository();
      const status = await imported(world, name, { Custom: custom({ fails: 'Create' }, ['Repository']) });
      return `${status}, repository ${await isLeft(world, world.clients.ecr, name) ? 'kept' : 'deleted'}`;
    },
  },
  {
    id: 'import-shows-in-status',
    fact: 'DescribeStackResource shows that a deployment imported a repository, and did not create it',
    assumed: 'imported',
    other: 'created',
    fake: EMULATOR,
    rests: ['lambda/shared/teardown/tear-down.ts'],
    otherwise: ADOPT,
    minutes: 3,
    async ask(world) {
      const stack = await world.stack();
      const Repository = stack.repository({ RepositoryName: await world.repository() }, 'RetainExceptOnCreate');
      await stack.deploy({ Repository }, { importsExisting: true });
      const { StackResourceDetail: resource } = await world.clients.cloudFormation.send(new DescribeStackResourceCommand({
        StackName: stack.id, LogicalResourceId: 'Repository',
      }));
      return resource?.ResourceStatus?.startsWith('CREATE_') ? 'created' : 'imported';
    },
  },
  {
    id: 'import-writes-no-tags',
    fact: 'The import of a repository by a deployment does not set the tags of the template',
    assumed: 'not set',
    other: 'set',
    fake: EMULATOR,
    rests: ['lambda/teardown/claim.ts', 'src/private/teardown/mark-permission.ts'],
    otherwise: 'test/e2e/scenes/adopted.ts',
    minutes: 3,
    async ask(world) {
      const name = await world.repository();
      const status = await imported(world, name);
      if (status !== 'CREATE_COMPLETE') return status;
      return (await tagKeys(world, name)).includes(TAG.Key) ? 'set' : 'not set';
    },
  },
  {
    id: 'import-keeps-tags',
    fact: 'The import of a repository by a deployment keeps tags that the template does not contain',
    assumed: 'kept',
    other: 'removed',
    fake: EMULATOR,
    rests: ['cli/adopt/settings/tags.ts'],
    otherwise: ADOPT,
    minutes: 3,
    async ask(world) {
      const name = await world.repository({ tags: { [FOREIGN]: 'yes' } });
      const status = await imported(world, name);
      if (status !== 'CREATE_COMPLETE') return status;
      return (await tagKeys(world, name)).includes(FOREIGN) ? 'kept' : 'removed';
    },
  },
  {
    id: 'import-keeps-settings',
    fact: 'The import of a repository by a deployment keeps immutable tags if the template has no tag mutability',
    assumed: 'IMMUTABLE',
    other: 'MUTABLE',
    fake: EMULATOR,
    rests: ['cli/adopt/settings/mutability.ts', 'cli/adopt/settings/scanning.ts'],
    otherwise: ADOPT,
    minutes: 3,
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' }));
      const status = await imported(world, repositoryName);
      if (status !== 'CREATE_COMPLETE') return status;
      const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
      return repositories[0]?.imageTagMutability ?? 'none';
    },
  },
  {
    id: 'import-removes-repository-policy',
    fact: 'The import of a repository by a deployment removes a repository policy that the template does not contain',
    assumed: 'removed',
    other: 'kept',
    fake: EMULATOR,
    rests: ['cli/adopt/settings/repository-policy.ts'],
    otherwise: ADOPT,
    minutes: 3,
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: repositoryPolicy(world) }));
      const status = await imported(world, repositoryName);
      return status === 'CREATE_COMPLETE' ? isThere(ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))) : status;
    },
  },
  {
    id: 'import-removes-lifecycle-policy',
    fact: 'The import of a repository by a deployment removes a lifecycle policy that the template does not contain',
    assumed: 'removed',
    other: 'kept',
    fake: EMULATOR,
    rests: ['cli/adopt/settings/lifecycle.ts'],
    otherwise: ADOPT,
    minutes: 3,
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: LIFECYCLE_POLICY }));
      const status = await imported(world, repositoryName);
      return status === 'CREATE_COMPLETE' ? isThere(ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))) : status;
    },
  },
] as const satisfies readonly Probe[];
