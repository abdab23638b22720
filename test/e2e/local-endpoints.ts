import { Aspects, aws_lambda as lambda } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { policiesOf } from './scenes/template';
import { Stacks } from './stacks';
import { DeployedStack } from '../lambda/deployed-stack';
import type { Grant, IamStatement } from '../local-ecr/iam';
import type { Principal, PrincipalProps } from '../local-ecr/principal';
import { DEFAULT_ACCOUNT, Principals } from '../local-ecr/principals';

/** Access keys of temporary credentials begin so: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export const TEMPORARY_KEY = /^ASIA/;

/** Session of a role that a function assumed. */
export interface AssumedRole {
  readonly arn: string;
  readonly policy: readonly IamStatement[];
}

/**
 * The principals of the local fakes when a function of the emulator calls them. A caller with temporary credentials has the role of the
 * function, unless a fake issued the credentials or the function assumed another role. Until the policy of the role is known, every call is
 * denied.
 */
export class FunctionRole extends Principals {
  policy: readonly IamStatement[] = [];
  private readonly otherKeys = new Set<string>();
  private readonly ownKeys = new Set<string>();
  private readonly assumedRoles = new Map<string, AssumedRole>();

  /** @param assumed returns the role of the session that the emulator created with this access key */
  constructor(
    private readonly account = DEFAULT_ACCOUNT,
    private readonly assumed: (accessKeyId: string) => AssumedRole | undefined = () => undefined,
  ) {
    super();
  }

  define(accessKeyId: string, props: PrincipalProps): void {
    this.otherKeys.add(accessKeyId);
    super.define(accessKeyId, props);
  }

  find(accessKeyId: string): Principal {
    if (!this.isFunction(accessKeyId) || this.hasAssumed(accessKeyId)) return super.find(accessKeyId);
    this.ownKeys.add(accessKeyId);
    return { account: this.account, arn: `arn:aws:sts::${this.account}:assumed-role/function/${accessKeyId}`, policy: this.policy };
  }

  isFunction(accessKeyId: string): boolean {
    return TEMPORARY_KEY.test(accessKeyId) && !this.otherKeys.has(accessKeyId);
  }

  /** The permissions that the function used at the fakes that share these principals. */
  usedRights(): Grant[] {
    return [...this.ownKeys].flatMap(accessKeyId => this.granted(accessKeyId));
  }

  /** The permissions of roles that the function assumed, and that it used at the fakes. */
  usedRightsOf(isRole: (arn: string) => boolean): Grant[] {
    return [...this.assumedRoles].flatMap(([accessKeyId, { arn }]) => isRole(arn) ? this.granted(accessKeyId) : []);
  }

  private hasAssumed(accessKeyId: string): boolean {
    if (this.assumedRoles.has(accessKeyId)) return true;
    const role = this.ownKeys.has(accessKeyId) ? undefined : this.assumed(accessKeyId);
    if (role === undefined) return false;
    this.assumedRoles.set(accessKeyId, role);
    super.define(accessKeyId, { account: role.arn.split(':')[4], ...role });
    return true;
  }
}

/** Sets the endpoint variables that every AWS SDK reads, for the functions with this part of a path. @default - those of all handlers */
export function pointFunctions(scope: IConstruct, endpoints: Readonly<Record<string, string>>, path = 'CdkEcrKeeper'): void {
  Aspects.of(scope).add({
    visit: node => {
      if (!(node instanceof lambda.Function) || !node.node.path.includes(path)) return;
      for (const [service, endpoint] of Object.entries(endpoints)) node.addEnvironment(`AWS_ENDPOINT_URL_${service}`, endpoint);
    },
  });
}

/**
 * Sets the policy of the role from the template, for one handler or all handlers. Its intrinsic functions need the id of the stack, which
 * exists before the function runs. A stack whose creation failed can be replaced by a stack with another id.
 */
export async function learnPolicy(
  stacks: Stacks, stackName: string, role: FunctionRole, template: any, ended: () => boolean, handler?: string,
): Promise<void> {
  let known: string | undefined;
  while (!ended()) {
    const id = (await stacks.describe(stackName))?.StackId;
    if (id !== undefined && id !== known) {
      known = id;
      role.policy = handler === undefined ? new DeployedStack(id, template.Resources).policy()
        : policiesOf(id, template).get(handler) ?? [];
    }
    await new Promise(done => setTimeout(done, 50));
  }
}
