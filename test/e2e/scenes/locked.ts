import { deepStrictEqual } from 'node:assert/strict';
import {
  BatchDeleteImageCommand, DeleteLifecyclePolicyCommand, DeleteRepositoryCommand, ECRClient, PutLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { onEmulator, Scene } from './scene';
import { DeletionLock, LifecyclePolicy, LifecycleRule, Repository, Teardown } from '../../../src';

const repositoryName = 'team/app';
const lifecycle = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]);
/** The deployments of a scene use no role. */
const DEPLOYER = new iam.ArnPrincipal('arn:aws:iam::111111111111:role/deployer');

const EXEMPT = 'Exempt-team-app';
const ADMINISTRATOR = 'Administrator-team-app';

/** Declares a repository and two roles to which IAM allows everything. */
const withLock = (isLocked: boolean) => (stack: Stack) => {
  const everything = new iam.PolicyStatement({ actions: ['ecr:*'], resources: ['*'] });
  const [exempt] = [EXEMPT, ADMINISTRATOR].map(roleName => new iam.Role(stack, roleName, {
    roleName,
    assumedBy: new iam.AccountRootPrincipal(),
    inlinePolicies: { All: new iam.PolicyDocument({ statements: [everything] }) },
  }));
  new Repository(stack, 'App', {
    repositoryName,
    lifecycle,
    teardown: Teardown.deleteWithImages(),
    ...isLocked && { deletionLock: DeletionLock.everyoneExcept(exempt).deployedBy(DEPLOYER) },
  });
};

/** Returns the action if the call is denied. */
async function denied(call: Promise<unknown>): Promise<string[]> {
  try {
    await call;
    return [];
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'AccessDeniedException') throw error;
    return [/perform: (\S+)/.exec(message)![1]];
  }
}

/** Returns the denied actions among the two locked actions that can be repeated. */
async function repeatableDenials(client: ECRClient): Promise<string[]> {
  return [
    ...await denied(client.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: lifecycle.toJson() }))),
    ...await denied(client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'absent' }] }))),
  ];
}

/** 34. A repository whose policy denies its deletion. */
export const lockedRepository: Scene[] = [
  onEmulator('34 lock: denies a deletion to an administrator but not to an exempt role, and is removed by an update',
    async world => {
      await world.deploy('Test', withLock(true));
      await world.push(repositoryName);
      const [exempt, administrator] = [await world.ecrOfRole(EXEMPT), await world.ecrOfRole(ADMINISTRATOR)];
      const denials = [
        ...await repeatableDenials(administrator),
        ...await denied(administrator.send(new DeleteLifecyclePolicyCommand({ repositoryName }))),
        ...await denied(administrator.send(new DeleteRepositoryCommand({ repositoryName, force: true }))),
      ];
      deepStrictEqual(denials, ['ecr:PutLifecyclePolicy', 'ecr:BatchDeleteImage', 'ecr:DeleteLifecyclePolicy', 'ecr:DeleteRepository']);
      deepStrictEqual(await repeatableDenials(exempt), []);
      await world.deploy('Test', withLock(false));
      deepStrictEqual(await repeatableDenials(administrator), []);
      await world.deploy('Test', withLock(true));
      await world.destroy('Test');
      await world.ends({ stacks: {}, repositories: {} });
    }),
];
