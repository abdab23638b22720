import * as iam from 'aws-cdk-lib/aws-iam';
import { Lock } from './private/policy/deletion-lock';
import { lockPrincipalProblems, principalArns } from './private/policy/lock-principals';
import { throwProblems } from './private/problems';
import { listOf, PRINCIPAL } from './private/property-types';

/**
 * Lock that lets only the deployments of the stack delete a repository, its images, or its lifecycle policy.
 *
 * A statement in the policy of the repository denies `ecr:DeleteRepository`, `ecr:BatchDeleteImage`, `ecr:PutLifecyclePolicy`, and
 * `ecr:DeleteLifecyclePolicy` to all principals, administrators included. The role with which CloudFormation deploys the stack is exempt,
 * and so are the functions of the stack that carry out a teardown or remove tags from the repository.
 *
 * The lock does not stop a principal that may change the policy of the repository (`ecr:SetRepositoryPolicy`), nor the expiry of images by
 * the lifecycle policy. To lift it, remove the property and deploy.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
 *
 * @example
 * declare const release: iam.Role;
 * new Repository(this, 'App', {
 *   repositoryName: 'team/app',
 *   deletionLock: DeletionLock.everyoneExcept(release),
 *   teardown: Teardown.deleteWithImages({ maxImages: 100 }),
 * });
 * @stability stable
 */
export class DeletionLock {
  /** Returns a lock that applies to all principals except those that deploy the stack. */
  public static everyone(): DeletionLock {
    return new DeletionLock({ exemptArns: [] });
  }

  /**
   * Returns a lock that applies to all principals except those that deploy the stack and those that you specify.
   *
   * The lock does not grant permissions to these principals. If the inline policies of a role refer to the repository, specify the role by
   * a literal ARN (`iam.ArnPrincipal`). Otherwise the role and the repository depend on each other, and the deployment fails.
   *
   * @param principals Roles and users, at least one. The names in `iam.ArnPrincipal` and `RepositoryPrincipal.roles` can contain the
   * wildcards `*` and `?`.
   * @throws if there is no principal, or if one is an account, a service, a session, or a principal with conditions
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
   */
  public static everyoneExcept(...principals: iam.IGrantable[]): DeletionLock {
    return new DeletionLock({ exemptArns: arnsOf('everyoneExcept', principals) });
  }

  /** @internal */
  private constructor(public readonly _lock: Lock) {}

  /**
   * Returns a copy of the lock for a stack that is not deployed with the roles of its synthesizer, for example because of `cdk deploy
   * --role-arn`.
   *
   * Required if the synthesizer has no role, for example `CliCredentialsStackSynthesizer`. Specify the principals that call Amazon ECR: the
   * service role of the stack if it has one, otherwise the principals that deploy it.
   *
   * @param principals Roles and users, at least one. They replace the CloudFormation execution role of the synthesizer.
   * @throws if there is no principal, or if one is an account, a service, a session, or a principal with conditions
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
   */
  public deployedBy(...principals: iam.IGrantable[]): DeletionLock {
    return new DeletionLock({ ...this._lock, deployerArns: arnsOf('deployedBy', principals) });
  }
}

function arnsOf(method: string, principals: readonly iam.IGrantable[]): string[] {
  throwProblems(`DeletionLock.${method}`, listOf(PRINCIPAL).problemsOf('principals', principals));
  throwProblems(`DeletionLock.${method}`, lockPrincipalProblems('principals', principals));
  return principals.flatMap(principal => principalArns(principal)!);
}
