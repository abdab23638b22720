import { CfnResource, CustomResource, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct, IConstruct } from 'constructs';
import { missingStatementProblems } from './declared-policy';
import { checkPolicy, intervalProblems } from './policy-check';
import { POLICY_READS, POLICY_WRITES } from './policy-permissions';
import { PolicyStatements } from './policy-statements';
import { isNeededBy, standInOf } from './template-references';
import type { RepositoryLocation } from '../../core/wire/location';
import { encodeRepositoryPolicy, REPOSITORY_POLICY_RESOURCE_TYPE } from '../../core/wire/repository-policy';
import { REPOSITORY_POLICY_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { throwProblems } from '../problems';
import { importCall } from '../repository/import-call';
import { namesake } from '../repository/native-repository';
import { accessOf, allowOnRepository, locateRepository, locationProblems } from '../repository/repository-location';
import { shortHash } from '../short-hash';
import { Triggers } from '../triggers';

/**
 * Number of characters that are appended to every Sid: the name of the library, a UUID without dashes, the logical id of this resource, and
 * a number.
 */
export const OWNER_LENGTH = 80;

/** Settings for writing the statements of a stack into the policy of one repository. */
export interface PolicySettings {
  readonly replaceExistingSids?: boolean;
  readonly force?: boolean;
  readonly dropDeadPrincipals?: boolean;
  readonly trigger?: string;
  readonly checkEvery?: Duration;
}

/**
 * Custom resource of a stack for the policy of one repository that the stack does not own, with the statements of all its constructs. Its
 * logical id is part of the Sids. It depends only on the repository, so it does not change when constructs are moved.
 */
export class PolicyResource extends Construct {
  public static of(scope: Construct, repository: aws_ecr.IRepositoryRef): PolicyResource {
    const stack = Stack.of(scope);
    const existing = PolicyResource.find(stack, repository);
    if (existing && JSON.stringify(accessOf(existing.repository)) !== JSON.stringify(accessOf(repository))) {
      throwProblems(scope.node.path, ['\'access\' must be the same for all imports of one repository in a stack']);
    }
    return existing ?? new PolicyResource(stack, idOf(stack, repository), scope.node.path, repository);
  }

  public static find(stack: Stack, repository: aws_ecr.IRepositoryRef): PolicyResource | undefined {
    return stack.node.tryFindChild(idOf(stack, repository)) as PolicyResource | undefined;
  }

  public readonly resource: CustomResource;
  private readonly statements: PolicyStatements;
  private readonly replaceExistingSids = new Set<string>();
  private readonly triggers = new Triggers();
  private readonly handler: HandlerFunction;
  private readonly location: RepositoryLocation;
  private isForced = false;
  private shouldDropDeadPrincipals = false;
  private interval?: Duration;
  private readonly dependents = new Set<CfnResource>();

  private constructor(stack: Stack, id: string, path: string, private readonly repository: aws_ecr.IRepositoryRef) {
    const access = accessOf(repository);
    throwProblems(path, locationProblems(stack, repository, access).map(problem =>
      `${problem}. If its owner adds the statement instead, import it with`
      + ` ${importCall(repository, { policyManagement: 'PolicyManagement.EXTERNAL' })}`));
    super(stack, id);
    const { account, region } = repository.env;
    this.statements = new PolicyStatements(this, { account: stack.account, region }, account, { ownerLength: OWNER_LENGTH });
    const handler = HandlerFunction.of(this, REPOSITORY_POLICY_FUNCTION);
    this.handler = handler;
    const location = this.location = locateRepository(this, repository, access);
    const policies = allowOnRepository(handler, this, 'WritePolicy', location, {
      reads: POLICY_READS,
      statements: [new iam.PolicyStatement({ actions: POLICY_WRITES, resources: [repository.repositoryRef.repositoryArn] })],
    });
    this.resource = handler.customResource(this, 'Default', REPOSITORY_POLICY_RESOURCE_TYPE, encodeRepositoryPolicy({
      repositoryArn: repository.repositoryRef.repositoryArn,
      statements: Lazy.uncachedString({ produce: () => this.render() }),
      replaceExistingSids: Lazy.uncachedList({ produce: () => [...this.replaceExistingSids] }, { omitEmpty: true }),
      force: Lazy.uncachedAny({ produce: () => this.isForced || undefined }),
      dropDeadPrincipals: Lazy.uncachedAny({ produce: () => this.shouldDropDeadPrincipals || undefined }),
      trigger: this.triggers.property,
      ...location,
    }));
    this.resource.node.addDependency(...policies);
    this.node.addValidation({
      validate: () => [...this.problemsOfDeclaration(), ...this.statements.validate()],
    });
  }

  public add(path: string, statements: readonly iam.PolicyStatement[], settings: PolicySettings): void {
    this.statements.add(path, statements, settings.force ?? false);
    if (settings.replaceExistingSids) for (const { sid } of statements) if (sid !== undefined) this.replaceExistingSids.add(sid);
    // the log contains the only copy of statements and principals that are replaced or removed
    if (this.replaceExistingSids.size > 0 || settings.dropDeadPrincipals) this.handler.keepLogs();
    this.isForced ||= settings.force ?? false;
    this.shouldDropDeadPrincipals ||= settings.dropDeadPrincipals ?? false;
    this.triggers.add(settings.trigger);
    if (settings.checkEvery) this.checkEvery(path, settings.checkEvery);
  }

  /** Makes a resource that uses images of the repository depend on the statements, unless the statements depend on that resource. */
  public precede(dependent: IConstruct): void {
    if (!CfnResource.isCfnResource(dependent) || this.dependents.has(dependent) || dependent.node.path.startsWith(this.node.path)) return;
    const standIn = standInOf(Stack.of(this), dependent);
    if (!standIn || isNeededBy(Stack.of(this), standIn, () => this.statements.render())) return;
    this.dependents.add(dependent);
    addResourceDependency(dependent, this.resource.node.defaultChild as CfnResource);
  }

  /** Returns the problems if the app declared the repository after this resource was created. */
  private problemsOfDeclaration(): string[] {
    const native = namesake(this, this.repository);
    if (!native) return [];
    const problems = missingStatementProblems(this, native, this.statements);
    return problems.length > 0 ? problems : [
      `'repository' is imported as '${this.repository.repositoryRef.repositoryName}', and its policy at '${native.node.path}' has the`
      + ` statements already. Create the stack '${Stack.of(native).node.path}' before the import, so that no custom resource is deployed`
      + ' for them',
    ];
  }

  /** Adds the rule that checks all statements of the stack. There is only one interval. */
  private checkEvery(path: string, interval: Duration): void {
    throwProblems(path, [
      ...intervalProblems(interval),
      ...this.interval && this.interval.toSeconds() !== interval.toSeconds()
        ? [`'checkEvery' must be the same for all of the stack's statements for one repository, got ${this.interval.toHumanString()} and`
          + ` ${interval.toHumanString()}`] : [],
    ]);
    if (this.interval) return;
    this.interval = interval;
    const { repository: { repositoryRef: { repositoryArn } }, resource, location } = this;
    const replaceExistingSids = () => [...this.replaceExistingSids];
    checkPolicy(this, { repositoryArn, resource, location, statements: () => this.render(), replaceExistingSids }, interval);
  }

  private render(): string {
    return Stack.of(this).toJsonString(this.statements.render());
  }
}

/** Uses the successor of the deprecated `addDependency`, which does not exist in the oldest supported version of aws-cdk-lib. */
function addResourceDependency(dependent: CfnResource, target: CfnResource): void {
  const newer = dependent as CfnResource & { addResourceDependency?(on: CfnResource): void };
  if (newer.addResourceDependency) newer.addResourceDependency(target);
  else dependent.addDependency(target);
}

/** Returns the id, which is the same for every import of the repository in the stack. */
function idOf(stack: Stack, { repositoryRef: { repositoryName }, env: { account, region } }: aws_ecr.IRepositoryRef): string {
  return `EcrPolicy${shortHash(JSON.stringify(stack.resolve([account, region, repositoryName])), 12)}`;
}
