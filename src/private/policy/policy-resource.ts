import { CfnResource, CustomResource, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct, IConstruct } from 'constructs';
import { checkPolicy, intervalProblems } from './policy-check';
import { POLICY_READS, POLICY_WRITES } from './policy-permissions';
import { PolicyStatements } from './policy-statements';
import { comesBefore, standInHere } from './template-references';
import type { RepositoryLocation } from '../../core/wire/location';
import { encodeRepositoryPolicy, REPOSITORY_POLICY_RESOURCE_TYPE } from '../../core/wire/repository-policy';
import { REPOSITORY_POLICY_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { throwProblems } from '../problems';
import { accessOf, allowThere, locationOf, locationProblems } from '../repository/repository-location';
import { declaredElsewhere } from '../repository/unowned-repository';
import { shortHash } from '../short-hash';

/** What every Sid grows by: the library's name, a UUID without dashes, the logical id of this resource, its number. */
const OWNER_LENGTH = 80;

/** How the statements of a stack get into the policy of one repository. */
export interface PolicySettings {
  readonly adopt?: boolean;
  readonly force?: boolean;
  readonly dropDeadPrincipals?: boolean;
  readonly trigger?: string;
  readonly checkEvery?: Duration;
}

/**
 * The one custom resource of a stack for the policy of one repository that it does not own, whichever constructs the statements come from. Its
 * logical id, which the Sids carry, is made of the repository alone: it does not change when constructs move.
 */
export class PolicyResource extends Construct {
  public static of(scope: Construct, repository: aws_ecr.IRepositoryRef): PolicyResource {
    const stack = Stack.of(scope);
    const found = PolicyResource.find(stack, repository);
    if (found && JSON.stringify(accessOf(found.repository)) !== JSON.stringify(accessOf(repository))) {
      throwProblems(scope.node.path, ['\'access\' must be the same for all imports of one repository in a stack']);
    }
    return found ?? new PolicyResource(stack, idOf(stack, repository), scope.node.path, repository);
  }

  public static find(stack: Stack, repository: aws_ecr.IRepositoryRef): PolicyResource | undefined {
    return stack.node.tryFindChild(idOf(stack, repository)) as PolicyResource | undefined;
  }

  public readonly resource: CustomResource;
  private readonly collected: PolicyStatements;
  private readonly adopted = new Set<string>();
  private readonly tokens = new Set<string>();
  private readonly handler: HandlerFunction;
  private readonly place: RepositoryLocation;
  private isForced = false;
  private dropsDead = false;
  private interval?: Duration;
  private readonly preceded = new Set<CfnResource>();

  private constructor(stack: Stack, id: string, path: string, private readonly repository: aws_ecr.IRepositoryRef) {
    const access = accessOf(repository);
    throwProblems(path, locationProblems(stack, repository, access).map(problem => `${problem} — or import it with policyManagement: EXTERNAL, where its owner writes`
      + ' the statement'));
    super(stack, id);
    const { account, region } = repository.env;
    this.collected = new PolicyStatements(this, { account: stack.account, region }, account, OWNER_LENGTH);
    const handler = HandlerFunction.of(this, REPOSITORY_POLICY_FUNCTION);
    this.handler = handler;
    const place = this.place = locationOf(this, repository, access);
    const policies = allowThere(handler, this, 'WritePolicy', place, {
      reads: POLICY_READS,
      statements: [new iam.PolicyStatement({ actions: POLICY_WRITES, resources: [repository.repositoryRef.repositoryArn] })],
    });
    this.resource = handler.customResource(this, 'Default', REPOSITORY_POLICY_RESOURCE_TYPE, encodeRepositoryPolicy({
      repositoryArn: repository.repositoryRef.repositoryArn,
      statements: Lazy.uncachedString({ produce: () => this.render() }),
      adopt: Lazy.uncachedList({ produce: () => [...this.adopted] }, { omitEmpty: true }),
      force: Lazy.uncachedAny({ produce: () => this.isForced || undefined }),
      dropDeadPrincipals: Lazy.uncachedAny({ produce: () => this.dropsDead || undefined }),
      trigger: Lazy.uncachedAny({ produce: () => this.tokens.size > 0 ? [...this.tokens].join(' ') : undefined }),
      ...place,
    }));
    this.resource.node.addDependency(...policies);
    this.node.addValidation({ validate: () => [...declaredElsewhere(this, repository, 'statements'), ...this.collected.validate()] });
  }

  public add(path: string, statements: readonly iam.PolicyStatement[], settings: PolicySettings): void {
    this.collected.add(path, statements, settings.force ?? false);
    if (settings.adopt) for (const { sid } of statements) if (sid !== undefined) this.adopted.add(sid);
    if (this.adopted.size > 0 || settings.dropDeadPrincipals) this.handler.keepLogs(); // they hold the only copy of what was there
    this.isForced ||= settings.force ?? false;
    this.dropsDead ||= settings.dropDeadPrincipals ?? false;
    if (settings.trigger !== undefined) this.tokens.add(settings.trigger);
    if (settings.checkEvery) this.check(path, settings.checkEvery);
  }

  /** What uses the repository's images comes after the right to have them, unless that right comes after it. */
  public precede(dependent: IConstruct): void {
    if (!CfnResource.isCfnResource(dependent) || this.preceded.has(dependent) || dependent.node.path.startsWith(this.node.path)) return;
    const here = standInHere(Stack.of(this), dependent);
    if (!here || comesBefore(Stack.of(this), here, () => this.collected.render())) return;
    this.preceded.add(dependent);
    dependent.addDependency(this.resource.node.defaultChild as CfnResource);
  }

  /** One rule for all of the stack's statements, so that one interval. */
  private check(path: string, interval: Duration): void {
    throwProblems(path, [
      ...intervalProblems(interval),
      ...this.interval && this.interval.toSeconds() !== interval.toSeconds()
        ? [`'checkEvery' must be the same for all of the stack's statements for one repository, got ${this.interval.toHumanString()} and ${interval.toHumanString()}`] : [],
    ]);
    if (this.interval) return;
    this.interval = interval;
    const { repository: { repositoryRef: { repositoryArn } }, resource, place } = this;
    checkPolicy(this, { repositoryArn, resource, place, statements: () => this.render(), adopted: () => [...this.adopted] }, interval);
  }

  private render(): string {
    return Stack.of(this).toJsonString(this.collected.render());
  }
}

/** The same for every import of the repository in the stack, however it names it. */
function idOf(stack: Stack, { repositoryRef: { repositoryName }, env: { account, region } }: aws_ecr.IRepositoryRef): string {
  return `EcrPolicy${shortHash(JSON.stringify(stack.resolve([account, region, repositoryName])), 12)}`;
}
