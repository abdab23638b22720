import * as path from 'path';
import { Aws, CustomResource, Duration, Fn, IResolvable, Lazy, NestedStack, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IDependable } from 'constructs';
import { rolePolicyLength, textLength } from './policy-length';
import { functionRoleName } from './role-name';
import { markKey, STACK_UUID_INDEX } from '../../core/mark';

/** Lambda's longest; a handler's watchdog answers before it. */
const FUNCTION_TIMEOUT = Duration.minutes(15);
const SERVICE_TIMEOUT = Duration.seconds(FUNCTION_TIMEOUT.toSeconds() + 60);

/** The inline policies of one role together. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_ROLE_POLICY_LENGTH = 10_240;

/** The managed policies of one role. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_MANAGED_POLICIES = 10;

/** All variables of a function together, in bytes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_ENVIRONMENT_LENGTH = 4_096;
/** An ARN that is known only at deployment counts as this many characters. */
const UNKNOWN_ARN_LENGTH = 140;

/** What the function of a handler is in every stack that has it, whichever resources use it. */
export interface HandlerDescriptor {
  /** Folder under `lambda/`, which is also the part of the mark's key that names the handler. */
  readonly handler: string;
  readonly description: string;
  /** Memory in MiB, from which Lambda derives the share of a processor. @default 256 */
  readonly memorySize?: number;
  /** Read actions on every private repository of the stack's account and Region. */
  readonly reads: readonly string[];
  /** Actions of CloudFormation on the stack of the function. */
  readonly stackReads: readonly string[];
  /** Whether the root of a nested stack may be read too. */
  readonly readsRoot: boolean;
}

/**
 * The one function of a stack for one handler, with its log group and a policy of constant size.
 * Custom resources depend on all of it, so that everything is still there when they are deleted.
 */
export class HandlerFunction extends Construct {
  /** @throws if the stack has a function for the same handler with another descriptor */
  public static of(scope: Construct, descriptor: HandlerDescriptor): HandlerFunction {
    const stack = Stack.of(scope);
    const id = `CdkEcrKeeper${pascalCase(descriptor.handler)}`;
    const existing = stack.node.tryFindChild(id) as HandlerFunction | undefined;
    if (existing && JSON.stringify(existing.descriptor) !== JSON.stringify(descriptor)) {
      throw new Error(`${scope.node.path}: the function '${existing.node.path}' has a different descriptor than the one that is required`
        + ' here. Check that the app has only one version of cdk-ecr-keeper, for example with `npm ls cdk-ecr-keeper`');
    }
    return existing ?? new HandlerFunction(stack, id, descriptor);
  }

  private readonly function: lambda.Function;
  private readonly policy: iam.Policy;
  private readonly invokeConfig: IDependable;
  private readonly role: iam.Role;
  private readonly logGroup: logs.LogGroup;
  private attachedPolicies = 0;
  private readonly statementKeys = new Set<string>();
  private readonly markedWriteKeys = new Set<string>();
  /** One statement for each Region, which grows by what is read there. */
  private readonly readStatements = new Map<string, iam.PolicyStatement>();
  private readonly environment = new Map<string, Set<string>>();
  /** One statement for each set of actions, which grows by what they are done to. */
  private readonly actionStatements = new Map<string, iam.PolicyStatement>();

  private constructor(stack: Stack, id: string, private readonly descriptor: HandlerDescriptor) {
    super(stack, id);
    this.logGroup = new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.policy = new iam.Policy(this, 'Policy', {
      roles: [this.role],
      statements: [
        new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [this.logGroup.logGroupArn] }),
        ...descriptor.stackReads.length === 0 ? [] : [new iam.PolicyStatement({
          actions: [...descriptor.stackReads],
          resources: (descriptor.readsRoot ? enclosingStacks(stack) : [stack]).map(read => read.stackId),
        })],
      ],
    });
    const handler = new lambda.Function(this, 'Function', {
      description: descriptor.description,
      code: lambda.Code.fromAsset(path.join(__dirname, '..', '..', '..', 'assets', 'lambda', descriptor.handler)),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: descriptor.memorySize ?? 256,
      timeout: FUNCTION_TIMEOUT,
      retryAttempts: 0, // CloudFormation and the handler retry; a third retry would repeat a request that was answered
      role: this.role,
      logGroup: this.logGroup,
    });
    this.allowReads(descriptor.reads);
    this.function = handler;
    this.invokeConfig = handler.node.findChild('EventInvokeConfig');
    this.node.addValidation({ validate: () => this.validateLength() });
  }

  public customResource(scope: Construct, id: string, resourceType: string, properties: Record<string, unknown>): CustomResource {
    const resource = new CustomResource(scope, id, {
      resourceType,
      serviceToken: this.function.functionArn,
      serviceTimeout: SERVICE_TIMEOUT,
      // CDK resolves what is undefined like everything else, for every resource several times
      properties: Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)),
    });
    // the function brings its role and its log group along
    resource.node.addDependency(this.policy, this.invokeConfig);
    return resource;
  }

  /** Has the function called again and again. */
  public callEvery(scope: Construct, id: string, interval: Duration, input: events.RuleTargetInput): events.Rule {
    const rule = new events.Rule(scope, id, {
      schedule: events.Schedule.rate(interval),
      targets: [{ bind: () => ({ arn: this.function.functionArn, input }) }],
    });
    this.function.addPermission(`Allowed${rule.node.addr}`, {
      principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: rule.ruleArn, scope: rule,
    });
    rule.node.addDependency(this.policy);
    return rule;
  }

  /**
   * Adds an entry to a variable of the function, a list separated by spaces: what a request must not decide, since whoever may call the
   * function writes it.
   */
  public addToEnvironment(variable: string, entry: string): void {
    const known = this.environment.get(variable);
    if (known) {
      known.add(entry);
      return;
    }
    const entries = new Set([entry]);
    this.environment.set(variable, entries);
    this.function.addEnvironment(variable, Lazy.uncachedString({ produce: () => [...entries].join(' ') }));
  }

  /** Where a handler replaces what somebody else wrote, its log holds the only copy and must outlive a rollback. */
  public keepLogs(): void {
    this.logGroup.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }

  /** What was removed is asked about long after the stack has gone. */
  public keepAudit(): void {
    this.keepLogs();
    (this.logGroup.node.defaultChild as logs.CfnLogGroup).retentionInDays = logs.RetentionDays.ONE_YEAR;
  }

  /**
   * Rights that one custom resource needs beyond the constant policy. It must depend on the policy returned.
   */
  public allow(scope: Construct, id: string, statement: iam.PolicyStatement): iam.Policy {
    return new iam.Policy(scope, id, { roles: [this.role], statements: [statement] });
  }

  /** As `allow`, for several statements or none. */
  public allowAll(scope: Construct, id: string, statements: iam.PolicyStatement[]): iam.Policy[] {
    return statements.length === 0 ? [] : [new iam.Policy(scope, id, { roles: [this.role], statements })];
  }

  /**
   * Rights in a managed policy of their own, the first with this id and the following with a number. The role refers to them, so that they
   * are there before every custom resource.
   *
   * @throws if a role cannot have so many
   */
  public attachPolicy(id: string, statement: iam.PolicyStatement): void {
    if (++this.attachedPolicies > MAX_MANAGED_POLICIES) {
      throw new Error(`${this.node.path}: the role would have more than ${MAX_MANAGED_POLICIES} managed policies, which IAM does not`
        + ' allow. Spread the repositories over several stacks');
    }
    const suffix = this.attachedPolicies === 1 ? '' : this.attachedPolicies;
    this.role.addManagedPolicy(new iam.ManagedPolicy(this, `${id}${suffix}`, { statements: [statement] }));
  }

  /** Rights of the function that do not grow with its custom resources: given as often as asked for, they are there once. */
  public allowOnce(statement: iam.PolicyStatement): void {
    const key = JSON.stringify(Stack.of(this).resolve(statement.toStatementJson()));
    if (this.statementKeys.has(key)) return;
    this.statementKeys.add(key);
    this.policy.addStatements(statement);
  }

  /** Actions that support no resource-level permissions. */
  public allowOnAnyResource(actions: readonly string[]): void {
    this.allowOnce(new iam.PolicyStatement({ actions: [...actions], resources: ['*'] }));
  }

  /**
   * Actions on one resource more. Nothing is lost when a custom resource goes whose Delete does none of them unless the whole stack goes.
   */
  public allowOn(actions: readonly string[], resourceArn: string): void {
    const key = actions.join();
    const known = this.actionStatements.get(key);
    if (known) return known.addResources(resourceArn);
    const statement = new iam.PolicyStatement({ actions: [...actions], resources: [resourceArn] });
    this.actionStatements.set(key, statement);
    this.policy.addStatements(statement);
  }

  public get roleArn(): string {
    return this.role.roleArn;
  }

  /** Whom a grant can be given to; custom resources that need it must wait for what it made. */
  public get grantee(): iam.IGrantable {
    return this.role;
  }

  /**
   * More read actions on every private repository of the account in the stack's Region, or another one.
   *
   * @returns what a custom resource that reads there must depend on, beyond what all depend on
   */
  public allowReads(actions: readonly string[], region?: string): iam.Policy[] {
    if (actions.length === 0) return [];
    const key = region ?? '';
    const known = this.readStatements.get(key);
    const policy = this.policyOf(region);
    if (known) {
      known.addActions(...actions);
    } else {
      const statement = new iam.PolicyStatement({ actions: [...actions], resources: [this.repositories(region)] });
      this.readStatements.set(key, statement);
      policy.addStatements(statement);
    }
    return region === undefined ? [] : [policy];
  }

  /**
   * Another Region has a policy of its own. When its last resource leaves the template, the policy of all others changes first, and that
   * resource is deleted afterwards: what its Delete needs must outlive it.
   */
  private policyOf(region?: string): iam.Policy {
    if (region === undefined) return this.policy;
    const id = `Policy${region}`;
    return this.node.tryFindChild(id) as iam.Policy | undefined ?? new iam.Policy(this, id, { roles: [this.role] });
  }

  /** Write actions only on repositories that carry a mark of this stack, beside taking tags off them. */
  public allowMarkedWrites(actions: readonly string[], untags: readonly string[], region?: string): void {
    this.allowMarked(actions, {}, region);
    this.allowMarked(['ecr:UntagResource'], { 'ForAllValues:StringEquals': { 'aws:TagKeys': [...untags] } }, region);
  }

  private allowMarked(actions: readonly string[], conditions: iam.Conditions, region?: string): void {
    // each repository asks for the same, and to compare resolved statements takes long
    const key = JSON.stringify([actions, conditions, region]);
    if (this.markedWriteKeys.has(key)) return;
    this.markedWriteKeys.add(key);
    const StringLike = { [`aws:ResourceTag/${markKey(this.descriptor.handler)}`]: markToken('*') };
    this.policyOf(region).addStatements(new iam.PolicyStatement({
      actions: [...actions], resources: [this.repositories(region)], conditions: { StringLike, ...conditions },
    }));
  }

  /** A name that somebody can write down before the function is there: the trust policy of a role in another account. */
  public nameRole(): void {
    const { stackName, region } = Stack.of(this);
    (this.role.node.defaultChild as iam.CfnRole).roleName = functionRoleName(stackName, region, this.descriptor.handler);
  }

  private repositories(region?: string): string {
    return Stack.of(this).formatArn({ service: 'ecr', region, resource: 'repository', resourceName: '*' });
  }

  private validateLength(): string[] {
    const length = rolePolicyLength(Stack.of(this), this.role);
    const variables = Object.fromEntries([...this.environment].map(([name, entries]) => [name, [...entries].join(' ')]));
    const environmentLength = textLength(Stack.of(this).resolve(variables), UNKNOWN_ARN_LENGTH);
    return [
      ...length <= MAX_ROLE_POLICY_LENGTH ? [] : [
        `the role of '${this.node.path}' would have about ${length} characters of policy, but IAM allows ${MAX_ROLE_POLICY_LENGTH}. Spread`
          + ' the repositories that need their own permissions (imported, public, replicas) over several stacks',
      ],
      ...environmentLength <= MAX_ENVIRONMENT_LENGTH ? [] : [
        `the environment of '${this.node.path}' would have about ${environmentLength} bytes, but Lambda allows ${MAX_ENVIRONMENT_LENGTH}.`
          + ' Spread the copies with \'credentials\' over several stacks, or import the secrets by their complete ARN',
      ],
    ];
  }
}

function pascalCase(kebab: string): string {
  return kebab.split('-').map(word => word[0].toUpperCase() + word.slice(1)).join('');
}

/** UUID of the stack at deploy, so that two deployments of one app differ. */
export function stackUuidToken(): string {
  return Fn.select(STACK_UUID_INDEX, Fn.split('/', Aws.STACK_ID));
}

/**
 * The mark that a custom resource of this stack leaves, by its logical id: `${stackUuidToken()}:${logicalId}`. Every repository has one in
 * its native Tags, which is resolved several times. So it is one token, and only the logical id is resolved.
 */
export function markToken(logicalId: string): string {
  return Token.asString({
    creationStack: [],
    resolve: context => {
      const uuid = { 'Fn::Select': [STACK_UUID_INDEX, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] };
      context.registerPostProcessor({ postProcess: (id: string) => ({ 'Fn::Join': ['', [uuid, `:${id}`]] }) });
      return logicalId;
    },
  } satisfies IResolvable);
}

/** The stack itself and, when it is nested, the root: whether the whole stack goes is read from both. */
function enclosingStacks(stack: Stack): Stack[] {
  let root = stack;
  while (NestedStack.isNestedStack(root) && root.nestedStackParent) root = root.nestedStackParent;
  return root === stack ? [stack] : [stack, root];
}
