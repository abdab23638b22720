import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ACCOUNT, imageUri, REGION, ShieldWorld } from './shield-world';
import { fleet } from '../../../src';
import { Environment, environmentName } from '../../../src/core/shield/environments';
import { functionRoleName } from '../../../src/private/handler/role-name';
import type { IamStatement } from '../../local-ecr/iam';
import { DeployedStack } from '../deployed-stack';

export const EXTERNAL_ID = 'image-shield';
export const ROLE_NAME = 'image-use';

/** Access keys of the functions of a shield whose roles have the names that an `ImageUseRole` trusts. */
export const FUNCTIONS = { collect: 'collect', protect: 'protect', report: 'report' } as const;

const SHIELD = { stackName: 'Shield', account: ACCOUNT, region: REGION };

/** Names the roles of the functions. Without policies, they may do everything in their own account. */
export function nameFunctions({ account }: ShieldWorld): void {
  for (const step of Object.values(FUNCTIONS)) {
    const role = functionRoleName(SHIELD.stackName, SHIELD.region, `image-shield-${step}`);
    account.ecr.principal(step, { account: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/session` });
  }
}

/** What an `ImageUseRole` lets the shield do. */
export type Rights = 'search' | 'search and protect' | 'search and list accounts';

const PROPS: Readonly<Record<Rights, Partial<fleet.ImageUseRoleProps>>> = {
  'search': {},
  'search and protect': { repositories: fleet.RepositorySelection.prefixes('team/') },
  'search and list accounts': { canListAccounts: true },
};

type Resources = ConstructorParameters<typeof DeployedStack>[1];

/** Synthesized once, because the rights are the only difference. */
const templates = new Map<Rights, Resources>();

function templateOf(rights: Rights): Resources {
  const known = templates.get(rights);
  if (known) return known;
  const stack = new Stack(new App(), 'ImageUse');
  new fleet.ImageUseRole(stack, 'Role', { trusted: SHIELD, externalId: EXTERNAL_ID, roleName: ROLE_NAME, ...PROPS[rights] });
  const { Resources: resources } = Template.fromStack(stack).toJSON() as { Resources: Resources };
  templates.set(rights, resources);
  return resources;
}

/** An account and Region in which workloads run. */
export class Workloads {
  readonly name: string;
  readonly place: { readonly account: string; readonly region: string };

  constructor(private readonly world: ShieldWorld, account: string, region = REGION) {
    this.place = { account, region };
    this.name = environmentName(this.place);
  }

  /** The environment in the list of a shield. */
  get environment(): Omit<Environment, 'usedBy'> {
    return this.place.account === ACCOUNT ? this.place : { ...this.place, role: { roleArn: this.roleArn, externalId: EXTERNAL_ID } };
  }

  get roleArn(): string {
    return `arn:aws:iam::${this.place.account}:role/${ROLE_NAME}`;
  }

  /** Deploys the template of an `ImageUseRole`, unless the account is the one of the shield. */
  letIn(rights: Rights = 'search', { denied = [], externalId = EXTERNAL_ID }: RoleChanges = {}): this {
    if (this.place.account === ACCOUNT) return this;
    const { trusted, policy } = this.role(rights);
    this.world.account.sts.role(this.roleArn, {
      trust: { principals: trusted, externalId },
      policy: [...policy, ...denied.map(Action => ({ Effect: 'Deny', Action, Resource: '*' }) as const)],
    });
    return this;
  }

  private role(rights: Rights): { readonly trusted: readonly string[]; readonly policy: readonly IamStatement[] } {
    const { account, region } = this.place;
    const template = templateOf(rights);
    const role = Object.values(template).find(({ Type }) => Type === 'AWS::IAM::Role')?.Properties?.AssumeRolePolicyDocument;
    const names = [...JSON.stringify(role).matchAll(/:role\/([\w+=,.@-]+)/g)].map(([, name]) => name);
    const deployed = new DeployedStack(`arn:aws:cloudformation:${region}:${account}:stack/ImageUse/id`, template);
    return { trusted: names.map(name => `arn:aws:iam::${ACCOUNT}:role/${name}`), policy: deployed.policy() };
  }

  /** Starts a task, of the shield's own registry unless the URI says otherwise. */
  run(image: string, imageDigest?: string): void {
    const { ecs } = this.world.account;
    const taskDefinition = ecs.taskDefinition('app', { containers: [image] }, this.place);
    ecs.cluster('default', this.place).task({ taskDefinition, containers: [{ image, imageDigest }] });
  }

  /** URI of an image in the registry of this account and Region. */
  uri(repositoryName: string, tagOrDigest: string): string {
    return imageUri(repositoryName, tagOrDigest, this.place.account, this.place.region);
  }

  stopAll(): void {
    this.world.account.ecs.cluster('default', this.place).tasks.clear();
  }
}

interface RoleChanges {
  /** Actions that a policy of the organization denies. */
  readonly denied?: readonly string[];
  readonly externalId?: string;
}
