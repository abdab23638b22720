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

/**
 * Callers of the local fakes when a function of the emulator is one of them: whoever brings temporary credentials has the function's role,
 * but for those that were handed out by a fake itself. Before the role's policy is known, nothing is allowed.
 */
export class FunctionRole extends Principals {
  policy: readonly IamStatement[] = [];
  private readonly otherKeys = new Set<string>();
  private readonly ownKeys = new Set<string>();

  constructor(private readonly account = DEFAULT_ACCOUNT) {
    super();
  }

  define(accessKeyId: string, props: PrincipalProps): void {
    this.otherKeys.add(accessKeyId);
    super.define(accessKeyId, props);
  }

  find(accessKeyId: string): Principal {
    if (!this.isFunction(accessKeyId)) return super.find(accessKeyId);
    this.ownKeys.add(accessKeyId);
    return { account: this.account, arn: `arn:aws:sts::${this.account}:assumed-role/function/${accessKeyId}`, policy: this.policy };
  }

  isFunction(accessKeyId: string): boolean {
    return TEMPORARY_KEY.test(accessKeyId) && !this.otherKeys.has(accessKeyId);
  }

  /** What the function used of its rights, at every fake that shares these principals. */
  usedRights(): Grant[] {
    return [...this.ownKeys].flatMap(accessKeyId => this.granted(accessKeyId));
  }
}

/** Gives functions other endpoints than the emulator's, by the variables that every AWS SDK reads: those of one handler, or all. */
export function pointFunctions(scope: IConstruct, endpoints: Readonly<Record<string, string>>, handler = ''): void {
  Aspects.of(scope).add({
    visit: node => {
      if (!(node instanceof lambda.Function) || !node.node.path.includes(`CdkEcrKeeper${handler}`)) return;
      for (const [service, endpoint] of Object.entries(endpoints)) node.addEnvironment(`AWS_ENDPOINT_URL_${service}`, endpoint);
    },
  });
}

/**
 * Gives the role the policy that its template has, of one handler or of all. Its intrinsic functions want the id of the stack, which exists
 * a while before its function runs; a stack that failed its creation may be replaced by one with another id.
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
