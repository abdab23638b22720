import { AccountAccess } from './account-access';
import { ImageUser } from './core/images/image-user';
import { accessValueProblems } from './private/access/account-access';
import { regionProblems, throwProblems } from './private/problems';
import { ACCESS, checkOptions, listOf, PropertyTypes, TEXT } from './private/property-types';

/**
 * Account and Region that an `ImageUse` searches.
 *
 * @stability stable
 */
export interface ImageUseOptions {
  /**
   * Region to search.
   *
   * @default - the Region of the repository
   */
  readonly region?: string;

  /**
   * Role in another account that the function assumes to search that account. The role must trust the account of the stack.
   *
   * @default - the account of the stack is searched, with the permissions of the function
   */
  readonly access?: AccountAccess;
}

/**
 * Account, Region, and clusters that `ImageUse.ecs` searches.
 *
 * @stability stable
 */
export interface EcsImageUseOptions extends ImageUseOptions {
  /**
   * Names or ARNs of the clusters to search, at least one.
   *
   * @default - all clusters of the account in the Region
   */
  readonly clusters?: string[];
}

const USE_TYPES: PropertyTypes<ImageUseOptions> = { region: TEXT, access: ACCESS };

/**
 * Service to search for workloads that run from images of a repository.
 *
 * Each service reports only the workloads that it runs at that moment. Images that run on Amazon EKS or outside AWS are not found. Images
 * of a task definition that a schedule, a pipeline, or a person starts later are not found either. Protect such images with
 * `protectedTags`, `pushedWithin`, or `pulledWithin`.
 *
 * To find the images of multi-architecture indexes, the function reads the manifests of the indexes. Amazon ECR records this as a pull of
 * the index.
 *
 * @stability stable
 */
export class ImageUse {
  /**
   * Searches Amazon ECS: running and pending tasks, and the task definitions of services, of their deployments, and of their task sets.
   *
   * @param options Account, Region, and clusters to search.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Container.html
   */
  public static ecs(options: EcsImageUseOptions = {}): ImageUse {
    checkOptions<EcsImageUseOptions>('ImageUse.ecs', options, { ...USE_TYPES, clusters: listOf(TEXT) });
    return new ImageUse({ service: 'ecs', ...imageUser(options), clusters: options.clusters });
  }

  /**
   * Searches AWS Lambda: functions that are deployed as container images, including all published versions.
   *
   * @param options Account and Region to search.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
   */
  public static lambdaFunctions(options: ImageUseOptions = {}): ImageUse {
    checkOptions<ImageUseOptions>('ImageUse.lambdaFunctions', options, USE_TYPES);
    return new ImageUse({ service: 'lambda', ...imageUser(options) });
  }

  /** @internal */
  private constructor(public readonly _user: ImageUser) {}
}

function imageUser(options: EcsImageUseOptions): Pick<ImageUser, 'region' | 'role'> {
  throwProblems('ImageUse', problemsOf(options));
  const { region, access } = options;
  return { region, role: access && { roleArn: access.roleArn, externalId: access.externalId } };
}

function problemsOf({ region, access, clusters }: EcsImageUseOptions): string[] {
  return [
    ...accessValueProblems(access),
    ...regionProblems('region', region),
    ...clusters !== undefined && clusters.length === 0
      ? ['\'clusters\' must contain at least one cluster, got none. Omit it to search all clusters'] : [],
    ...(clusters ?? []).flatMap((cluster, index) => cluster ? []
      : [`'clusters[${index}]' must be a name or an ARN, got: ${JSON.stringify(cluster)}`]),
  ];
}
