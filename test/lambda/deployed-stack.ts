import { App, Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { throughCloudFormation } from '../core/wire/through-cloudformation';
import type { IamStatement } from '../local-ecr/iam';

/** Thousands of fault points deploy the same few templates. */
const synthesized = new WeakMap<(stack: Stack) => void, Record<string, Resource>>();

/** Only the resources are read, so the tree of constructs is not written, and the bundles are not copied. */
const ONLY_TEMPLATES = { treeMetadata: false, analyticsReporting: false, context: { 'aws:cdk:disable-asset-staging': true } };

function synthesize(build: (stack: Stack) => void, env?: Environment): Record<string, Resource> {
  const stack = new Stack(new App(ONLY_TEMPLATES), 'Stack', { env });
  build(stack);
  return (Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> }).Resources;
}

type Resource = { Type: string; Properties?: Record<string, unknown> };

/**
 * A synthesized template whose intrinsic functions are resolved as CloudFormation does at deployment: the permissions of a function's role,
 * and the properties of a custom resource. Supports only the functions in templates of this library, and throws for any other.
 */
export class DeployedStack {
  static of(
    name: string, build: (stack: Stack) => void, uuid = '11111111-1111-1111-1111-111111111111', env?: Environment,
  ): DeployedStack {
    const resources = synthesized.get(build) ?? synthesize(build, env);
    synthesized.set(build, resources);
    return new DeployedStack(`arn:aws:cloudformation:us-east-1:000000000000:stack/${name}/${uuid}`, resources);
  }

  constructor(
    readonly stackId: string,
    private readonly resources: Record<string, Resource>,
    private readonly parameters: Record<string, string> = {},
  ) {}

  logicalIds(type: string): string[] {
    return Object.keys(this.resources).filter(id => this.resources[id].Type === type);
  }

  /**
   * Returns every statement of every policy in the stack, which has one role.
   *
   * @param of beginning of the logical ids of the policies, in a stack with several roles
   */
  policy(of = ''): IamStatement[] {
    return this.statementsOf(this.policyIds().filter(id => id.startsWith(of)));
  }

  /**
   * Returns the same during the cleanup of an update: policies are as in the new template, and resources of only the old template are
   * deleted after those that depend on them.
   */
  policyInCleanup(former: DeployedStack): IamStatement[] {
    const own = new Set(this.policyIds());
    return [...this.policy(), ...former.statementsOf(former.policyIds().filter(id => !own.has(id)))];
  }

  /** Returns the environment variables of the functions. */
  environment(): Record<string, string> {
    return Object.assign({}, ...this.logicalIds('AWS::Lambda::Function').map(id =>
      this.answer((this.resources[id].Properties?.Environment as { Variables?: object } | undefined)?.Variables ?? {}))) as never;
  }

  private policyIds(): string[] {
    return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap(type => this.logicalIds(type));
  }

  private statementsOf(ids: readonly string[]): IamStatement[] {
    return ids.flatMap(id => (this.answer(this.resources[id].Properties?.PolicyDocument) as { Statement: IamStatement[] }).Statement);
  }

  /** Custom resources get every scalar as a string. */
  customResourceProperties(logicalId: string): Record<string, unknown> {
    return throughCloudFormation(this.answer(this.resources[logicalId].Properties));
  }

  /** Returns the patterns of all event rules. */
  eventPatterns(): Array<Record<string, unknown>> {
    return this.logicalIds('AWS::Events::Rule').map(id => this.answer(this.resources[id].Properties?.EventPattern) as never);
  }

  nativeRepositories(): Array<{ repositoryName: string; tags: Record<string, string> }> {
    return this.logicalIds('AWS::ECR::Repository').map(id => {
      const tags = this.answer(this.resources[id].Properties?.Tags ?? []) as Array<{ Key: string; Value: string }>;
      return { repositoryName: this.nameOf(id), tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) };
    });
  }

  /** Returns the policy text of the only repository, as CloudFormation sets it. */
  repositoryPolicy(): string | undefined {
    const [id] = this.logicalIds('AWS::ECR::Repository');
    const policy = this.answer(this.resources[id].Properties?.RepositoryPolicyText);
    return policy === undefined ? undefined : JSON.stringify(policy);
  }

  /** Returns the ARN of the role of a handler's function. */
  roleArn(handler: string): string {
    return this.attribute(this.logicalIds('AWS::IAM::Role').find(id => id.startsWith(`CdkEcrKeeper${handler}Role`))!, 'Arn');
  }

  private nameOf(logicalId: string): string {
    return this.resources[logicalId].Properties?.RepositoryName as string ?? logicalId.toLowerCase();
  }

  private answer(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(item => this.answer(item));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument]] = entries.length === 1 ? entries : [['', undefined]];
    if (name === 'Ref') return this.reference(argument as string);
    if (name === 'Fn::GetAtt') return this.attribute(...argument as [string, string]);
    if (name === 'Fn::Join') return (this.answer(argument[1]) as string[]).join(argument[0]);
    if (name === 'Fn::Split') return (this.answer(argument[1]) as string).split(argument[0]);
    if (name === 'Fn::Select') return (this.answer(argument[1]) as string[])[argument[0]];
    if (name === 'Fn::Sub') return (argument as string).replace(/\$\{([^}]+)\}/g, (_all, id: string) => this.reference(id));
    if (name.startsWith('Fn::')) throw new Error(`${name} is not understood here`);
    return Object.fromEntries(entries.map(([key, item]) => [key, this.answer(item)]));
  }

  private reference(id: string): string {
    const [, partition, , region, account] = this.stackId.split(':');
    const pseudo: Record<string, string> = {
      'AWS::StackId': this.stackId,
      'AWS::Partition': partition,
      'AWS::Region': region,
      'AWS::AccountId': account,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    const known = pseudo[id] ?? this.parameters[id] ?? (this.resources[id] && this.nameOf(id));
    if (known === undefined) throw new Error(`Ref ${id} is not understood here`);
    return known;
  }

  private attribute(logicalId: string, attribute: string): string {
    const [, , , region, account] = this.stackId.split(':');
    const { Type: type } = this.resources[logicalId];
    if (type === 'AWS::ECR::Repository' && attribute === 'Arn') {
      return `arn:aws:ecr:${region}:${account}:repository/${this.nameOf(logicalId)}`;
    }
    if (type === 'AWS::IAM::Role' && attribute === 'Arn') return `arn:aws:iam::${account}:role/${logicalId}`;
    return `arn:aws:${type.split('::')[1].toLowerCase()}:${region}:${account}:${logicalId}`;
  }
}
