import { Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { belongsToAnotherStack } from './private/foreign-target';
import { nativeRepository } from './private/native-repository';
import { foreignStatements, nativeStatements, PolicyStatements } from './private/policy-statements';
import { throwProblems } from './private/problems';

/** Properties of `RepositoryPolicy`. */
export interface RepositoryPolicyProps {
  /** The repository: imported, or declared in the same stack. It must be in the stack's account and Region. */
  readonly repository: ecr.IRepository;

  /**
   * The statements: ECR actions only, with a principal, without resources. A Sid that is given is kept as the beginning of the Sid that is
   * written, which also carries the stack and the construct that it belongs to.
   *
   * @default - none yet; `addStatements` must add at least one
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
   */
  readonly statements?: iam.PolicyStatement[];

  /**
   * Take over statements that somebody else holds under exactly the Sid of one of these. They are replaced under that Sid, and stay when this
   * construct goes.
   *
   * @default false - such a Sid fails the deployment, which names it
   */
  readonly adopt?: boolean;
}

/**
 * Keeps statements in a repository's policy.
 *
 * On a repository of the same stack they go into the native policy. Into the policy of an imported one they are merged at deploy: whatever
 * others wrote there stays as it is, and when the construct goes exactly its own statements are taken back.
 *
 * @throws when ECR would refuse a statement (resources, actions of other services, no principal, more than 10,240 characters), when another
 * stack of the app declares the repository, or when it is in another account or Region
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
 *
 * @example
 * new RepositoryPolicy(this, 'Pull', {
 *   repository: Repository.fromRepositoryName(this, 'Shared', 'team/shared'),
 *   statements: [new iam.PolicyStatement({
 *     principals: [new iam.AccountPrincipal('111111111111')],
 *     actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
 *   })],
 * });
 */
export class RepositoryPolicy extends Construct {
  private readonly collected: PolicyStatements;
  private readonly native?: ecr.CfnRepository;

  constructor(scope: Construct, id: string, props: RepositoryPolicyProps) {
    super(scope, id);
    this.collected = new PolicyStatements(this);
    this.native = nativeRepository(props.repository);
    if (this.native && Stack.of(this.native) !== Stack.of(this)) throwProblems(this.node.path, [belongsToAnotherStack(this.native, 'statements')]);
    if (this.native && props.adopt) {
      throwProblems(this.node.path, ['\'adopt\' must not be given for a repository of the same stack, whose policy is the template\'s, got: true']);
    }
    this.addStatements(...props.statements ?? []);
    this.node.addValidation({ validate: () => this.collected.validate() });
    if (!this.native) foreignStatements(this, props.repository, this.collected, props.adopt ?? false);
  }

  /**
   * Adds statements.
   *
   * @throws when ECR would refuse one, all problems at once
   */
  public addStatements(...statements: iam.PolicyStatement[]): void {
    this.collected.add(statements);
    if (this.native) nativeStatements(this, this.native, statements);
  }
}
