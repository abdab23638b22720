import { EXTERNAL_ID, REGION, ROLE_ARN } from './core/environment';
import { ImageUser } from './core/lifecycle/guard';
import { throwProblems, unlessToken } from './private/problems';

/** Where a service runs, and how to look there. */
export interface ImageUseOptions {
  /**
   * The Region to look in.
   *
   * @default - the Region of the repository
   */
  readonly region?: string;

  /**
   * A role of another account, which the function assumes to look there. It must trust the stack's account.
   *
   * @default - the stack's own account is looked at, with the function's own rights
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
   */
  readonly roleArn?: string;

  /**
   * The external id that the role asks for.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
   */
  readonly externalId?: string;
}

/** Where Amazon ECS runs. */
export interface EcsImageUseOptions extends ImageUseOptions {
  /**
   * Names or ARNs of the clusters to look at.
   *
   * @default - all clusters of the account in the Region
   */
  readonly clusters?: string[];
}

/**
 * Where to look for what runs from the images of a repository.
 *
 * Each sees only what its service tells at that moment: not what runs on Amazon EKS or elsewhere, and not what would be started later from a task
 * definition that no service and no task uses now. `docs/handlers.md` lists what each cannot see.
 *
 * To look into multi-architecture indexes that a policy would remove, their manifests are fetched, which ECR records as a pull of them.
 */
export class ImageUse {
  /**
   * Running and pending tasks of Amazon ECS, and the task definitions of its services and of their deployments and task sets.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Container.html
   */
  public static ecs(options: EcsImageUseOptions = {}): ImageUse {
    return new ImageUse({ service: 'ecs', ...imageUser(options), clusters: options.clusters });
  }

  /**
   * Functions of AWS Lambda that are container images, all published versions included.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
   */
  public static lambdaFunctions(options: ImageUseOptions = {}): ImageUse {
    return new ImageUse({ service: 'lambda', ...imageUser(options) });
  }

  /** @internal */
  private constructor(public readonly _user: ImageUser) {}
}

function imageUser(options: EcsImageUseOptions): Pick<ImageUser, 'region' | 'role'> {
  throwProblems('ImageUse', problemsOf(options));
  const { region, roleArn, externalId } = options;
  return { region, role: roleArn === undefined ? undefined : { roleArn, externalId } };
}

function problemsOf({ region, roleArn, externalId, clusters }: EcsImageUseOptions): string[] {
  return [
    ...externalId !== undefined && roleArn === undefined ? ['\'externalId\' is for a role, got no \'roleArn\''] : [],
    ...unlessToken(roleArn, arn => ROLE_ARN.test(arn) ? [] : [`'roleArn' must be arn:<partition>:iam::<account>:role/<name>, got: ${arn}`]),
    ...unlessToken(region, name => REGION.test(name) ? [] : [`'region' must be the name of a Region, such as eu-west-1, got: ${name}`]),
    ...unlessToken(externalId, id => EXTERNAL_ID.test(id) ? [] : ['\'externalId\' must have 2 to 1,224 characters of [A-Za-z0-9_+=,.@:/-]']),
    ...clusters !== undefined && clusters.length === 0 ? ['\'clusters\' must name at least one cluster, got none — leave it out to look at all'] : [],
    ...(clusters ?? []).flatMap((cluster, index) => cluster === '' ? [`'clusters[${index}]' must be a name or an ARN, got: ""`] : []),
  ];
}
