import { Duration, Token } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AccountAccess } from './account-access';
import { ImageUser, ServiceUser } from './core/images/image-user';
import { DEFAULT_MAX_AGE, keyPatternProblem } from './core/images/use-list';
import { accessValueProblems } from './private/access/account-access';
import { durationProblems, mustBeKnown } from './private/guards';
import { regionProblems, throwProblems, unlessToken } from './private/problems';
import { ACCESS, BUCKET, checkOptions, DURATION, listOf, NUMBER, PropertyTypes, required, TEXT } from './private/property-types';

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
 * Account, Region, clusters, and task definitions that `ImageUse.ecs` searches.
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

  /**
   * Number of revisions of a task definition family whose images count as in use, a whole number from 1 to 100.
   *
   * The newest active revisions of each family that a task or a service uses count. They are what a rollback, a schedule, or a person
   * starts next.
   *
   * @default - only images that run, or that a service would start next, count
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
   */
  readonly newestTaskDefinitions?: number;
}

/**
 * Options of `ImageUse.listed`.
 *
 * @stability stable
 */
export interface ListedImageUseOptions {
  /**
   * Age of a file from which it is too old to rely on, in whole seconds. An old file is treated as a source that cannot be read.
   *
   * @default Duration.days(1)
   */
  readonly maxAge?: Duration;
}

/** Maximum of a page of ListTaskDefinitions. */
const MAX_NEWEST = 100;

const USE_TYPES: PropertyTypes<ImageUseOptions> = { region: TEXT, access: ACCESS };

/**
 * Service or list of files to search for workloads that run from images of a repository.
 *
 * Each service reports only the workloads that it runs at that moment. Images that run on Amazon EKS, in another cloud, or elsewhere are
 * found if a program lists them in a file (`ImageUse.listed`). Images of a task definition that a schedule, a pipeline, or a person starts
 * later are found with `newestTaskDefinitions`, if a task or a service uses the family. Protect other images with `protectedTags`,
 * `pushedWithin`, or `pulledWithin`.
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
   * Where ECS has resolved a tag of a service to a digest, the digest is in use and not the tag, because the next task of the service
   * starts that digest.
   *
   * @param options Account, Region, clusters, and task definitions to search.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Container.html
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerImage.html
   */
  public static ecs(options: EcsImageUseOptions = {}): ImageUse {
    checkOptions<EcsImageUseOptions>('ImageUse.ecs', options, {
      ...USE_TYPES, clusters: listOf(TEXT), newestTaskDefinitions: NUMBER,
    });
    const { clusters, newestTaskDefinitions } = options;
    return new ImageUse({ service: 'ecs', ...imageUser(options), clusters, newestTaskDefinitions });
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

  /**
   * Reads files in a bucket that list images, for everything else that runs containers, such as Kubernetes.
   *
   * A file has one image in JSON on each line, such as
   * `{"image":"111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/app@sha256:…","usedBy":"cluster/namespace/pod"}`. `usedBy` is optional.
   * Images of other registries are ignored. At least one file must match the pattern, and no matching file may be invalid or older than
   * `maxAge`. Otherwise the images may be in use, and are not removed.
   *
   * The bucket can be in any account and Region. The policy of a bucket in another account must allow `s3:ListBucket` and `s3:GetObject`
   * to the role of the function.
   *
   * @param bucket Bucket with the files.
   * @param keyPattern Pattern of the keys, such as `in-use/*.jsonl`. `*` matches any characters, including `/`. A pattern must have 1 to
   * 1,024 bytes and can have at most four wildcards.
   * @param options Age from which a file is too old.
   *
   * @see https://jsonlines.org/
   */
  public static listed(bucket: s3.IBucket, keyPattern: string, options: ListedImageUseOptions = {}): ImageUse {
    checkOptions('ImageUse.listed', { bucket, keyPattern }, { bucket: required(BUCKET), keyPattern: required(TEXT) });
    checkOptions<ListedImageUseOptions>('ImageUse.listed', options, { maxAge: DURATION });
    throwProblems('ImageUse.listed', [...keyPatternProblems(keyPattern), ...durationProblems('maxAge', options.maxAge)]);
    return new ImageUse({
      service: 'listed',
      bucket: bucket.bucketName,
      keyPattern,
      maxAge: options.maxAge?.toSeconds() ?? DEFAULT_MAX_AGE,
      encryptionKeyArn: bucket.encryptionKey?.keyArn,
    });
  }

  /** @internal */
  private constructor(public readonly _user: ImageUser) {}
}

function imageUser(options: EcsImageUseOptions): Pick<ServiceUser, 'region' | 'role'> {
  throwProblems('ImageUse', problemsOf(options));
  const { region, access } = options;
  return { region, role: access && { roleArn: access.roleArn, externalId: access.externalId } };
}

function keyPatternProblems(keyPattern: string): string[] {
  if (Token.isUnresolved(keyPattern)) return [mustBeKnown('keyPattern')];
  const problem = keyPatternProblem(keyPattern);
  return problem === undefined ? [] : [`'keyPattern' ${problem}, got: ${JSON.stringify(keyPattern)}`];
}

function problemsOf({ region, access, clusters, newestTaskDefinitions }: EcsImageUseOptions): string[] {
  return [
    ...accessValueProblems(access),
    ...regionProblems('region', region),
    ...clusters !== undefined && clusters.length === 0
      ? ['\'clusters\' must contain at least one cluster, got none. Omit it to search all clusters'] : [],
    ...(clusters ?? []).flatMap((cluster, index) => cluster ? []
      : [`'clusters[${index}]' must be a name or an ARN, got: ${JSON.stringify(cluster)}`]),
    ...unlessToken(newestTaskDefinitions, count => Number.isInteger(count) && count >= 1 && count <= MAX_NEWEST ? []
      : [`'newestTaskDefinitions' must be a whole number from 1 to ${MAX_NEWEST}, got: ${count}`]),
  ];
}
