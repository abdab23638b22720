import { IResource, ITaggableV2, RemovalPolicy, Resource, TagManager, TagType, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { parsePublicRepositoryArn } from './core/public-repository/arn';
import { catalogProblems } from './core/public-repository/catalog';
import { publicRepositoryNameProblems } from './core/public-repository/name';
import { tagProblems } from './core/public-repository/tags';
import { PUBLIC_REPOSITORY_RESOURCE_TYPE } from './core/wire/public-repository';
import { throwProblems, unlessToken } from './private/problems';
import { ImportedPublicRepository } from './private/public/imported-public-repository';
import { grantActions, grantPull, grantPush } from './private/public/public-grants';
import { logoFileProblems } from './private/public/public-logo';
import { PublicResource } from './private/public/public-resource';
import { publicTeardownProblems } from './private/public/public-teardown';
import { Teardown } from './teardown';

/** A repository of ECR Public, declared in the app or imported. */
export interface IPublicRepository extends IResource {
  /** Name of the repository. */
  readonly repositoryName: string;

  /**
   * ARN of the repository, which has no Region.
   *
   * @attribute
   */
  readonly repositoryArn: string;

  /**
   * URI of the repository, `public.ecr.aws/<alias>/<name>`. Throws on an import without a registry alias.
   */
  readonly repositoryUri: string;

  /** URI of an image by tag, or of the repository without one. Throws as `repositoryUri` does. */
  repositoryUriForTag(tag?: string): string;

  /** URI of an image by digest (`sha256:…`). Throws as `repositoryUri` does. */
  repositoryUriForDigest(digest: string): string;

  /** Adds a statement to the repository's policy. Throws on an import, whose policy this stack does not write. */
  addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult;

  /** Grants actions of ECR Public on this repository. */
  grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant;

  /** Grants the token for pulling with a login, which has higher rate limits. To pull without one needs no grant at all. */
  grantPull(grantee: iam.IGrantable): iam.Grant;

  /** Grants pushing images, and the token to log in with. */
  grantPush(grantee: iam.IGrantable): iam.Grant;
}

/**
 * What the Amazon ECR Public Gallery shows of a repository.
 *
 * @see https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_RepositoryCatalogDataInput.html
 */
export interface PublicRepositoryCatalogData {
  /**
   * Shown in search results and beside the name, at most 1,024 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * What the repository holds, in Markdown, at most 25,600 characters.
   *
   * @default - none
   */
  readonly aboutText?: string;

  /**
   * How its images are used, in Markdown, at most 25,600 characters.
   *
   * @default - none
   */
  readonly usageText?: string;

  /**
   * Architectures of the images, at most 50 of 1 to 50 characters. The gallery has badges and filters for `ARM`, `ARM 64`, `x86` and `x86-64`; others
   * are stored and not shown.
   *
   * @default - none
   */
  readonly architectures?: string[];

  /**
   * Operating systems of the images, at most 50 of 1 to 50 characters. The gallery has badges and filters for `Linux` and `Windows`; others are stored
   * and not shown.
   *
   * @default - none
   */
  readonly operatingSystems?: string[];

  /**
   * Path of a PNG file, 60 to 2,048 pixels wide and high and at most 512,000 bytes. It is published with the assets of the stack. The gallery shows it
   * for verified accounts only.
   *
   * @default - none
   */
  readonly logo?: string;
}

/** Properties of `PublicRepository`. */
export interface PublicRepositoryProps {
  /**
   * Name of the repository: 2 to 205 lowercase letters and digits, parted by a single `.`, `_` or `-`, or by `/`. Another name is another repository,
   * and the old one is kept.
   *
   * @see https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_CreateRepository.html
   */
  readonly repositoryName: string;

  /**
   * What the gallery shows. Removing it again clears what was shown.
   *
   * @default - not touched: nothing, until somebody writes it by hand
   */
  readonly catalogData?: PublicRepositoryCatalogData;

  /**
   * Tags of the repository, at most 49. Those that `Tags.of()` gives to the scope are added. Tags that others set by hand stay.
   *
   * @default - those of `Tags.of()`
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/ecr-public-using-tags.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * What happens to the repository and its images when the stack is deleted. ECR Public cannot answer `pulledWithin`, `inUseBy`,
   * `exceptTags` and `exceptNewest`, and has neither `replicaRegions` nor `alsoWhenRemoved`: these throw.
   *
   * @default - the repository is kept
   */
  readonly teardown?: Teardown;
}

/** What is known of a public repository that is imported. */
export interface PublicRepositoryAttributes {
  /** Name of the repository. */
  readonly repositoryName: string;

  /**
   * Alias of its registry, the part of its URI after `public.ecr.aws/`.
   *
   * @default - `repositoryUri` throws
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-concepts.html
   */
  readonly registryAlias?: string;

  /**
   * Account of the repository.
   *
   * @default - the account of the stack
   */
  readonly account?: string;
}

/**
 * A repository of Amazon ECR Public, from a stack in any Region: with all that the gallery shows, the logo too, policy, grants, tags and teardown.
 *
 * It is made by a function at deploy, since CloudFormation's own type exists in one Region only, knows no logo and deletes no images. Where it is
 * removed from the template, or its name changes, the repository stays with its images, outside the stack. A creation that is rolled back deletes it
 * again if it is empty.
 *
 * Its policy is what the template says and nothing else, as soon as it has one statement.
 *
 * @throws when ECR Public would refuse the name, the catalog data or a tag, or cannot do what the teardown asks; all problems at once
 * @see https://docs.aws.amazon.com/AmazonECR/latest/public/what-is-ecr.html
 *
 * @example
 * new PublicRepository(this, 'Gallery', {
 *   repositoryName: 'team/tool',
 *   catalogData: { description: 'A tool', architectures: ['x86-64', 'ARM 64'], operatingSystems: ['Linux'] },
 *   teardown: Teardown.deleteWithImages({ maxImages: 20 }),
 * });
 */
export class PublicRepository extends Resource implements IPublicRepository, ITaggableV2 {
  /**
   * Imports a public repository of the stack's account by name.
   *
   * What the import cannot do it says: its URI, and statements in its policy, throw.
   */
  public static fromRepositoryName(scope: Construct, id: string, repositoryName: string): IPublicRepository {
    return new ImportedPublicRepository(scope, id, { repositoryName });
  }

  /**
   * Imports a public repository by ARN. What the import cannot do it says: its URI, and statements in its policy, throw.
   *
   * @throws when the ARN is known only at deploy, or not that of a public repository
   */
  public static fromRepositoryArn(scope: Construct, id: string, repositoryArn: string): IPublicRepository {
    const parsed = Token.isUnresolved(repositoryArn) ? undefined : parsePublicRepositoryArn(repositoryArn);
    if (!parsed) {
      throw new Error(`${scope.node.path}/${id}: 'repositoryArn' must be arn:<partition>:ecr-public::<account>:repository/<name>, got: ${repositoryArn}`
        + ' — for an ARN that is known only at deploy, use fromRepositoryAttributes');
    }
    const { repositoryName, account } = parsed;
    return new ImportedPublicRepository(scope, id, { repositoryName, account, repositoryArn });
  }

  /** Imports a public repository of any account. What the import cannot do it says: statements in its policy throw. */
  public static fromRepositoryAttributes(scope: Construct, id: string, attrs: PublicRepositoryAttributes): IPublicRepository {
    const { repositoryName, registryAlias, account } = attrs;
    return new ImportedPublicRepository(scope, id, { repositoryName, registryAlias, account });
  }

  /** Name of the repository. */
  public readonly repositoryName: string;

  /**
   * ARN of the repository, which has no Region.
   *
   * @attribute
   */
  public readonly repositoryArn: string;

  /**
   * URI of the repository, `public.ecr.aws/<alias>/<name>`.
   *
   * @attribute
   */
  public readonly repositoryUri: string;

  /** Tags of the repository. `Tags.of()` adds to them. */
  public readonly cdkTagManager: TagManager;

  private readonly made: PublicResource;
  private readonly keeps: boolean;

  constructor(scope: Construct, id: string, props: PublicRepositoryProps) {
    throwProblems(`${scope.node.path}/${id}`, problemsOf(props));
    super(scope, id, { physicalName: props.repositoryName });
    const { logo, ...texts } = props.catalogData ?? {};
    this.keeps = props.teardown === undefined || props.teardown._plan.kind === 'retain';
    this.cdkTagManager = new TagManager(TagType.MAP, PUBLIC_REPOSITORY_RESOURCE_TYPE, props.tags);
    this.made = new PublicResource(this, {
      repositoryName: props.repositoryName,
      catalog: props.catalogData && texts,
      logoPath: logo,
      tags: this.cdkTagManager,
      teardown: props.teardown?._plan,
    });
    const { resource } = this.made;
    this.node.defaultChild = resource;
    this.repositoryName = this.getResourceNameAttribute(resource.getAttString('RepositoryName'));
    this.repositoryArn = this.getResourceArnAttribute(resource.getAttString('Arn'), {
      service: 'ecr-public', region: '', resource: 'repository', resourceName: this.physicalName,
    });
    this.repositoryUri = resource.getAttString('RepositoryUri');
  }

  /**
   * Adds a statement to the repository's policy, which has at most 10,240 characters.
   *
   * @throws when it has resources, an action that is not of ECR Public, or no principal, or its Sid is taken
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policies.html
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    this.made.addStatement(statement);
    return { statementAdded: true, policyDependable: this.made.resource };
  }

  /** URI of an image by tag, or of the repository without one. */
  public repositoryUriForTag(tag?: string): string {
    return tag === undefined ? this.repositoryUri : `${this.repositoryUri}:${tag}`;
  }

  /** URI of an image by digest (`sha256:…`). */
  public repositoryUriForDigest(digest: string): string {
    return `${this.repositoryUri}@${digest}`;
  }

  /**
   * Grants actions of ECR Public on this repository: to a principal of the same account in its own policy, to others in the repository's policy too.
   *
   * @throws when an action is not one of ECR Public
   */
  public grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    return grantActions(this, grantee, actions);
  }

  /**
   * Grants the token for pulling with a login, which has higher rate limits. To pull without one needs no grant at all: every image of a public
   * repository is public.
   *
   * @throws when the principal has no policy in this app, such as an account: its own account gives it the token
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html
   */
  public grantPull(grantee: iam.IGrantable): iam.Grant {
    return grantPull(this, grantee);
  }

  /**
   * Grants pushing images, and the token to log in with. A principal without a policy in this app, such as an account, gets the token from its own
   * account.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policies.html
   */
  public grantPush(grantee: iam.IGrantable): iam.Grant {
    return grantPush(this, grantee);
  }

  /**
   * Does nothing where the repository is kept anyway.
   *
   * @throws when it would say something else than the teardown
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    if (policy === RemovalPolicy.RETAIN && this.keeps) return;
    throwProblems(this.node.path, [`a removal policy has no effect on a public repository, got: ${policy.toUpperCase()} — say so with 'teardown'`]);
  }
}

function problemsOf({ repositoryName, catalogData, tags, teardown }: PublicRepositoryProps): string[] {
  const isKnown = (value: unknown) => !Token.isUnresolved(value);
  return [
    ...unlessToken(repositoryName, name => publicRepositoryNameProblems(name)),
    ...catalogProblems(catalogData ?? {}, isKnown),
    ...logoFileProblems(catalogData?.logo),
    ...tagProblems(tags ?? {}, isKnown),
    ...publicTeardownProblems(teardown?._plan),
  ];
}
