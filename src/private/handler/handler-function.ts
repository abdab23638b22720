import { Aws, CustomResource, Duration, Fn, IResolvable, Lazy, NestedStack, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IDependable } from 'constructs';
import { attachPolicy, createFunction, FunctionDescriptor, FunctionSettings, LOG_RETENTION } from './bundled-function';
import { allowNetworkInterfaces, networkOf } from './function-network';
import { MAX_ROLE_POLICY_LENGTH, rolePolicyLength, textLength } from './policy-length';
import { nameFunctionRole } from './role-name';
import { markKey, STACK_UUID_INDEX } from '../../core/mark';
import { DeclaredOnce } from '../declared-once';

/** Maximum of Lambda. The watchdog of a handler responds before it. */
const FUNCTION_TIMEOUT = Duration.minutes(15);
const SERVICE_TIMEOUT = Duration.seconds(FUNCTION_TIMEOUT.toSeconds() + 60);

/** Maximum number of managed policies of a role. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_MANAGED_POLICIES = 10;

/**
 * Maximum size of all environment variables of a function, in bytes.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_ENVIRONMENT_LENGTH = 4_096;
/** An ARN that is known only at deployment counts as this many characters. */
const UNKNOWN_ARN_LENGTH = 140;

/** Handlers and stacks with a role that has the name of `functionRoleName`. */
const namedRoles = new DeclaredOnce<string>();

/** Properties of the function of a handler. The name of the folder is also the part of the mark's key that names the handler. */
export interface HandlerDescriptor extends FunctionDescriptor {
  /** Read actions on every private repository of the stack's account and Region. */
  readonly reads: readonly string[];
  /** Actions of CloudFormation on the stack of the function. */
  readonly stackReads: readonly string[];
  /** Whether the function can also read the root stack of a nested stack. */
  readonly readsRoot: boolean;
}

/**
 * Function of a handler, with its log group and a policy of constant size. Custom resources depend on all of these, so that they still
 * exist when the custom resources are deleted. A stack has one function for each handler, unless the app creates further ones.
 */
export class HandlerFunction extends Construct {
  /** @throws if the stack has a function for the same handler with another descriptor */
  public static of(scope: Construct, descriptor: HandlerDescriptor): HandlerFunction {
    const stack = Stack.of(scope);
    const id = idOf(descriptor);
    const existing = stack.node.tryFindChild(id) as HandlerFunction | undefined;
    if (existing && JSON.stringify(existing.descriptor) !== JSON.stringify(descriptor)) {
      throw new Error(`${scope.node.path}: the function '${existing.node.path}' has a different descriptor than the one that is required`
        + ' here. Check that the app has only one version of cdk-ecr-keeper, for example with `npm ls cdk-ecr-keeper`');
    }
    return existing ?? new HandlerFunction(stack, id, descriptor);
  }

  /** Creates a further function for a handler, with other settings. */
  public static create(scope: Construct, descriptor: HandlerDescriptor, settings: FunctionSettings): HandlerFunction {
    return new HandlerFunction(scope, idOf(descriptor), descriptor, settings);
  }

  private readonly function: lambda.Function;
  private readonly policy: iam.Policy;
  private readonly invokeConfig: IDependable;
  private readonly role: iam.IRole;
  private readonly logGroup: logs.LogGroup;
  /** What a custom resource depends on so that the function can use its VPC. */
  private readonly network: readonly IDependable[];
  private attachedPolicies = 0;
  private readonly statementKeys = new Set<string>();
  private readonly markedWriteKeys = new Set<string>();
  /** One statement for each Region, to which read actions are added. */
  private readonly readStatements = new Map<string, iam.PolicyStatement>();
  private readonly environment = new Map<string, Set<string>>();
  /** One statement for each set of actions, to which resources are added. */
  private readonly actionStatements = new Map<string, iam.PolicyStatement>();

  private constructor(
    scope: Construct, id: string, private readonly descriptor: HandlerDescriptor, private readonly settings: FunctionSettings = {},
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    // CloudFormation and the handler retry; a retry by Lambda would repeat a request that already has a response
    const bundled = createFunction(this, descriptor, { timeout: FUNCTION_TIMEOUT, retryAttempts: 0 }, settings);
    ({ function: this.function, role: this.role, policy: this.policy, logGroup: this.logGroup } = bundled);
    if (descriptor.stackReads.length > 0) {
      this.policy.addStatements(new iam.PolicyStatement({
        actions: [...descriptor.stackReads],
        resources: (descriptor.readsRoot ? enclosingStacks(stack) : [stack]).map(read => read.stackId),
      }));
    }
    this.allowReads(descriptor.reads);
    this.network = settings.vpc ? [...allowNetworkInterfaces(this, this.function, this.role), ...networkOf(settings)] : [];
    this.invokeConfig = this.function.node.findChild('EventInvokeConfig');
    this.node.addValidation({ validate: () => this.validateLength() });
  }

  public customResource(scope: Construct, id: string, resourceType: string, properties: Record<string, unknown>): CustomResource {
    const resource = new CustomResource(scope, id, {
      resourceType,
      serviceToken: this.function.functionArn,
      serviceTimeout: SERVICE_TIMEOUT,
      // CDK also resolves undefined properties, several times for every resource
      properties: Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)),
    });
    // the function depends on its role and its log group
    resource.node.addDependency(this.policy, this.invokeConfig, ...this.network);
    return resource;
  }

  /** Calls the function at an interval. */
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
   * Adds an entry to an environment variable of the function, which is a list separated by spaces. Such values must not come from a
   * request, because any principal that can call the function controls the request.
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

  /**
   * Keeps the log group. If a handler replaces settings of other owners, its log contains the only copy and must be kept after a rollback.
   */
  public keepLogs(): void {
    this.logGroup.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }

  /**
   * Keeps the audit log for one year, because it is needed long after the stack was deleted. A different retention comes from a property
   * injector of the app, and is not changed.
   */
  public keepAudit(): void {
    this.keepLogs();
    const resource = this.logGroup.node.defaultChild as logs.CfnLogGroup;
    if (resource.retentionInDays === LOG_RETENTION) resource.retentionInDays = logs.RetentionDays.ONE_YEAR;
  }

  /** Grants permissions that one custom resource needs beyond the constant policy. The resource must depend on the returned policy. */
  public allow(scope: Construct, id: string, statement: iam.PolicyStatement): iam.Policy {
    return attachPolicy(scope, id, this.role, [statement]);
  }

  /** Does the same as `allow` for any number of statements. */
  public allowAll(scope: Construct, id: string, statements: iam.PolicyStatement[]): iam.Policy[] {
    return statements.length === 0 ? [] : [attachPolicy(scope, id, this.role, statements)];
  }

  /**
   * Grants permissions in a separate managed policy. The first has this id, and further ones have a number. The role refers to the
   * policies, so they exist before every custom resource.
   *
   * @throws if the role would have too many managed policies
   */
  public attachPolicy(id: string, statement: iam.PolicyStatement): void {
    if (++this.attachedPolicies > MAX_MANAGED_POLICIES) {
      throw new Error(`${this.node.path}: the role would have more than ${MAX_MANAGED_POLICIES} managed policies, which IAM does not`
        + ' allow. Spread the repositories over several stacks');
    }
    const suffix = this.attachedPolicies === 1 ? '' : this.attachedPolicies;
    this.role.addManagedPolicy(new iam.ManagedPolicy(this, `${id}${suffix}`, { statements: [statement] }));
  }

  /** Grants permissions that do not depend on the number of custom resources. Repeated calls add the statement only once. */
  public allowOnce(statement: iam.PolicyStatement): void {
    const key = JSON.stringify(Stack.of(this).resolve(statement.toStatementJson()));
    if (this.statementKeys.has(key)) return;
    this.statementKeys.add(key);
    this.policy.addStatements(statement);
  }

  /** Grants actions that do not support resource-level permissions. */
  public allowOnAnyResource(actions: readonly string[]): void {
    this.allowOnce(new iam.PolicyStatement({ actions: [...actions], resources: ['*'] }));
  }

  /**
   * Grants actions on an additional resource. Only for custom resources whose Delete request uses the actions only when the whole stack is
   * deleted.
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

  /** Security groups of the function. Undefined outside of a VPC. */
  public get connections(): ec2.Connections | undefined {
    return this.settings.vpc && this.function.connections;
  }

  /** Grantee for grants of other constructs. Custom resources that need a grant must depend on it. */
  public get grantee(): iam.IGrantable {
    return this.role;
  }

  /**
   * Grants read actions on every private repository of the account in the stack's Region or in a different Region.
   *
   * @returns additional policies on which a custom resource that uses these actions must depend
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
   * Returns the policy for a Region. Every other Region has a separate policy. When the last resource for a Region is removed from the
   * template, CloudFormation changes shared policies before it deletes the resource, but the Delete request still needs its permissions.
   */
  private policyOf(region?: string): iam.Policy {
    if (region === undefined) return this.policy;
    const id = `Policy${region}`;
    return this.node.tryFindChild(id) as iam.Policy | undefined ?? attachPolicy(this, id, this.role, []);
  }

  /** Grants write actions only on repositories that carry a mark of this stack, and the removal of tags from them. */
  public allowMarkedWrites(actions: readonly string[], untags: readonly string[], region?: string): void {
    this.allowMarked(actions, {}, region);
    this.allowMarked(['ecr:UntagResource'], { 'ForAllValues:StringEquals': { 'aws:TagKeys': [...untags] } }, region);
  }

  private allowMarked(actions: readonly string[], conditions: iam.Conditions, region?: string): void {
    // every repository needs the same statement, and comparing resolved statements takes long
    const key = JSON.stringify([actions, conditions, region]);
    if (this.markedWriteKeys.has(key)) return;
    this.markedWriteKeys.add(key);
    const StringLike = { [`aws:ResourceTag/${markKey(this.descriptor.handler)}`]: markToken('*') };
    this.policyOf(region).addStatements(new iam.PolicyStatement({
      actions: [...actions], resources: [this.repositories(region)], conditions: { StringLike, ...conditions },
    }));
  }

  /**
   * Gives the role a name that the trust policy of a role in another account can contain before the function exists. A role of the app
   * keeps its name.
   *
   * @throws if another function of the stack has a role with this name
   */
  public nameRole(): void {
    if (this.settings.role) return;
    const other = namedRoles.declare(this, `${Stack.of(this).node.addr} ${this.descriptor.handler}`);
    if (other && other.path !== this.node.path) {
      throw new Error(`${this.node.path}: '${other.path}' copies with 'access' too, and the role in the other account trusts the role of`
        + ' only one function of the stack. Use one function for all repositories with \'access\', or specify a \'role\' that the other'
        + ' account trusts');
    }
    nameFunctionRole(this.role, this.descriptor.handler);
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

function idOf({ handler }: HandlerDescriptor): string {
  return `CdkEcrKeeper${pascalCase(handler)}`;
}

function pascalCase(kebab: string): string {
  return kebab.split('-').map(word => word[0].toUpperCase() + word.slice(1)).join('');
}

/** Returns the UUID of the stack at deployment, so that two deployments of one app differ. */
export function stackUuidToken(): string {
  return Fn.select(STACK_UUID_INDEX, Fn.split('/', Aws.STACK_ID));
}

/**
 * Returns the mark of a custom resource of this stack: `${stackUuidToken()}:${logicalId}`. Every repository has one in its native tags,
 * which CDK resolves several times. To save time, the mark is one token in which only the logical id is resolved.
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

/** Returns the stack and, if it is nested, its root stack. Both are needed to check whether the whole stack is deleted. */
function enclosingStacks(stack: Stack): Stack[] {
  let root = stack;
  while (NestedStack.isNestedStack(root) && root.nestedStackParent) root = root.nestedStackParent;
  return root === stack ? [stack] : [stack, root];
}
