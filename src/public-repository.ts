import { IResource, ITaggableV2, RemovalPolicy, Resource, TagManager, TagType, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { parsePublicRepositoryArn } from './core/public-repository/arn';
import { catalogProblems } from './core/public-repository/catalog';
import { publicRepositoryNameProblems } from './core/public-repository/name';
import { tagProblems } from './core/repository-tags';
import { PUBLIC_REPOSITORY_RESOURCE_TYPE } from './core/wire/public-repository';
import { refusalRule } from './private/events/refusals';
import { throwProblems, unlessToken } from './private/problems';
import { ANYTHING, checkPropsAt, instanceOf, listOf, PropertyTypes, required, struct, TEXT } from './private/property-types';
import { ImportedPublicRepository } from './private/public/imported-public-repository';
import { grantActions, grantPull, grantPullPush, grantPush } from './private/public/public-grants';
import { logoFileProblems } from './private/public/public-logo';
import { PublicResource } from './private/public/public-resource';
import { PublicTeardown } from './public-teardown';

/**
 * Repository of Amazon ECR Public, declared in the app or imported.
 *
 * @stability stable
 */
export interface IPublicRepository extends IResource {
  /** Name of the repository. */
  readonly repositoryName: string;

  /**
   * ARN of the repository. It has no Region.
   *
   * @attribute
   */
  readonly repositoryArn: string;

  /** URI of the repository, `public.ecr.aws/<alias>/<name>`. Reading it throws for an import without a registry alias. */
  readonly repositoryUri: string;

  /**
   * Returns the URI of an image by its tag, or the URI of the repository if no tag is set. Throws as `repositoryUri` does.
   *
   * @param tag Tag of the image.
   */
  repositoryUriForTag(tag?: string): string;

  /**
   * Returns the URI of an image by its digest. Throws as `repositoryUri` does.
   *
   * @param digest Digest of the image, `sha256:…`.
   */
  repositoryUriForDigest(digest: string): string;

  /**
   * Adds a statement to the policy of the repository. Throws for an import, because the stack does not manage its policy.
   *
   * @param statement Statement to add.
   */
  addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult;

  /**
   * Grants permission for actions of Amazon ECR Public on this repository.
   *
   * @param grantee Principal to grant to.
   * @param actions Actions that begin with `ecr-public:`.
   */
  grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant;

  /**
   * Grants permission to request a login token, which raises the rate limits for pulling images. Pulling without a login needs no grant.
   *
   * @param grantee Principal to grant to.
   */
  grantPull(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants permission to push images to this repository and to request the login token that a push needs.
   *
   * @param grantee Principal to grant to.
   */
  grantPush(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants permission to push images to this repository and to request the login token for pushing and pulling.
   *
   * @param grantee Principal to grant to.
   */
  grantPullPush(grantee: iam.IGrantable): iam.Grant;
}

/**
 * Catalog data of a repository, which the Amazon ECR Public Gallery shows.
 *
 * @see https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_RepositoryCatalogDataInput.html
 * @stability stable
 */
export interface PublicRepositoryCatalogData {
  /**
   * Description shown in search results and beside the name, at most 1,024 characters.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Description of the contents of the repository in Markdown, at most 25,600 characters.
   *
   * @default - no text
   */
  readonly aboutText?: string;

  /**
   * Instructions for using the images in Markdown, at most 25,600 characters.
   *
   * @default - no text
   */
  readonly usageText?: string;

  /**
   * Architectures of the images: at most 50 names, each with 1 to 50 characters.
   *
   * The gallery has badges and filters for `ARM`, `ARM 64`, `x86`, and `x86-64`. It stores other values and does not show them.
   *
   * @default - no architectures
   */
  readonly architectures?: string[];

  /**
   * Operating systems of the images: at most 50 names, each with 1 to 50 characters.
   *
   * The gallery has badges and filters for `Linux` and `Windows`. It stores other values and does not show them.
   *
   * @default - no operating systems
   */
  readonly operatingSystems?: string[];

  /**
   * Path of a PNG file with the logo, 60 to 2,048 pixels wide and high and at most 512,000 bytes.
   *
   * The file is published with the assets of the stack. The gallery shows logos of verified accounts only.
   *
   * @default - no logo
   */
  readonly logo?: string;
}

/**
 * Properties of `PublicRepository`.
 *
 * @stability stable
 */
export interface PublicRepositoryProps {
  /**
   * Name of the repository, 2 to 205 lowercase letters and digits. A single `.`, `_`, or `-`, or a `/`, can separate them.
   *
   * If you change the name, the stack creates another repository and keeps the old one.
   *
   * @see https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_CreateRepository.html
   */
  readonly repositoryName: string;

  /**
   * Catalog data, which the Amazon ECR Public Gallery shows. If you remove it later, the gallery entry is cleared.
   *
   * @default - the gallery entry is not changed
   */
  readonly catalogData?: PublicRepositoryCatalogData;

  /**
   * Tags of the repository, at most 49. `Tags.of()` adds to them. Tags that the stack did not set are kept.
   *
   * @default - the tags of `Tags.of()`
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/ecr-public-using-tags.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * Teardown of the repository and its images, which runs when the whole stack is deleted.
   *
   * @default PublicTeardown.retain()
   */
  readonly teardown?: PublicTeardown;
}

/**
 * Attributes of a public repository to import.
 *
 * @stability stable
 */
export interface PublicRepositoryAttributes {
  /** Name of the repository. */
  readonly repositoryName: string;

  /**
   * Alias of the registry, the part of the repository's URI after `public.ecr.aws/`.
   *
   * @default - no alias; `repositoryUri` throws
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

const PROPERTY_TYPES: PropertyTypes<PublicRepositoryProps> = {
  repositoryName: required(TEXT),
  catalogData: struct<PublicRepositoryCatalogData>({
    description: TEXT, aboutText: TEXT, usageText: TEXT, architectures: listOf(TEXT), operatingSystems: listOf(TEXT), logo: TEXT,
  }),
  tags: ANYTHING,
  teardown: instanceOf('PublicTeardown', 'PublicTeardown.deleteWithImages()'),
};

/**
 * Repository of Amazon ECR Public, declared by a stack in any Region, with its gallery entry, policy, tags, and teardown.
 *
 * A Lambda function creates the repository at deployment, because the CloudFormation resource type exists in one Region only, has no logo,
 * and does not delete images. If you remove the repository from the template or change its name, the old repository is kept with its
 * images. If its creation is rolled back, the repository is deleted if it is empty.
 *
 * If you add a policy statement, the stack owns the policy and overwrites changes that others make.
 *
 * @throws if the name, the catalog data, or a tag is invalid; the error lists all problems
 * @see https://docs.aws.amazon.com/AmazonECR/latest/public/what-is-ecr.html
 *
 * @example
 * new PublicRepository(this, 'Gallery', {
 *   repositoryName: 'team/tool',
 *   catalogData: { description: 'A tool', architectures: ['x86-64', 'ARM 64'], operatingSystems: ['Linux'] },
 *   teardown: PublicTeardown.deleteWithImages({ maxImages: 20 }),
 * });
 * @stability stable
 */
export class PublicRepository extends Resource implements IPublicRepository, ITaggableV2 {
  /**
   * Imports a public repository of the stack's account by name. Reading the URI of the import and adding statements to its policy throw.
   *
   * @param scope Scope of the import.
   * @param id Construct id of the import.
   * @param repositoryName Name of the repository.
   */
  public static fromRepositoryName(scope: Construct, id: string, repositoryName: string): IPublicRepository {
    return new ImportedPublicRepository(scope, id, { repositoryName });
  }

  /**
   * Imports a public repository by ARN. Reading the URI of the import and adding statements to its policy throw.
   *
   * @param scope Scope of the import.
   * @param id Construct id of the import.
   * @param repositoryArn ARN of the repository. It must be known when the app is synthesized.
   * @throws if the ARN is known only at deployment, or is not the ARN of a public repository
   */
  public static fromRepositoryArn(scope: Construct, id: string, repositoryArn: string): IPublicRepository {
    const parsed = Token.isUnresolved(repositoryArn) ? undefined : parsePublicRepositoryArn(repositoryArn);
    if (!parsed) {
      throw new Error(`${scope.node.path}/${id}: 'repositoryArn' must be arn:<partition>:ecr-public::<account>:repository/<name>, got:`
        + ` ${repositoryArn}. For an ARN that is known only at deployment, use fromRepositoryAttributes`);
    }
    const { repositoryName, account } = parsed;
    return new ImportedPublicRepository(scope, id, { repositoryName, account, repositoryArn });
  }

  /**
   * Imports a public repository of any account. Adding statements to the policy of the import throws.
   *
   * @param scope Scope of the import.
   * @param id Construct id of the import.
   * @param attrs Attributes of the repository.
   */
  public static fromRepositoryAttributes(scope: Construct, id: string, attrs: PublicRepositoryAttributes): IPublicRepository {
    const { repositoryName, registryAlias, account } = attrs;
    return new ImportedPublicRepository(scope, id, { repositoryName, registryAlias, account });
  }

  /** Name of the repository. */
  public readonly repositoryName: string;

  /**
   * ARN of the repository. It has no Region.
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

  private readonly publicResource: PublicResource;
  private readonly isKept: boolean;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Name, catalog data, tags, and teardown of the repository.
   */
  constructor(scope: Construct, id: string, props: PublicRepositoryProps) {
    checkPropsAt(`${scope.node.path}/${id}`, props, PROPERTY_TYPES);
    throwProblems(`${scope.node.path}/${id}`, problemsOf(props));
    super(scope, id, { physicalName: props.repositoryName });
    const { logo, ...texts } = props.catalogData ?? {};
    this.isKept = props.teardown === undefined || props.teardown._plan.kind === 'retain';
    this.cdkTagManager = new TagManager(TagType.MAP, PUBLIC_REPOSITORY_RESOURCE_TYPE, props.tags);
    this.publicResource = new PublicResource(this, {
      repositoryName: props.repositoryName,
      catalog: props.catalogData && texts,
      logoPath: logo,
      tags: this.cdkTagManager,
      teardown: props.teardown?._plan,
    });
    const { resource } = this.publicResource;
    this.node.defaultChild = resource;
    this.repositoryName = this.getResourceNameAttribute(resource.getAttString('RepositoryName'));
    this.repositoryArn = this.getResourceArnAttribute(resource.getAttString('Arn'), {
      service: 'ecr-public', region: '', resource: 'repository', resourceName: this.physicalName,
    });
    this.repositoryUri = resource.getAttString('RepositoryUri');
  }

  /**
   * Adds a statement to the policy of the repository. The policy can have at most 10,240 characters.
   *
   * @param statement Statement with a principal and with actions of Amazon ECR Public. It must not have resources, and its Sid must be
   * unique.
   * @throws if the statement is invalid
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policies.html
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    this.publicResource.addStatement(statement);
    return { statementAdded: true, policyDependable: this.publicResource.resource };
  }

  /**
   * Returns the URI of an image by its tag, or the URI of the repository if no tag is set.
   *
   * @param tag Tag of the image.
   */
  public repositoryUriForTag(tag?: string): string {
    return tag === undefined ? this.repositoryUri : `${this.repositoryUri}:${tag}`;
  }

  /**
   * Returns the URI of an image by its digest.
   *
   * @param digest Digest of the image, `sha256:…`.
   */
  public repositoryUriForDigest(digest: string): string {
    return `${this.repositoryUri}@${digest}`;
  }

  /**
   * Grants permission for actions of Amazon ECR Public on this repository.
   *
   * A principal of the same account gets them in its own policy. A principal of another account also gets a statement in the policy of the
   * repository.
   *
   * @param grantee Principal to grant to.
   * @param actions Actions that begin with `ecr-public:`.
   * @throws if an action does not belong to Amazon ECR Public
   */
  public grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    return grantActions(this, grantee, actions);
  }

  /**
   * Grants permission to request a login token, which raises the rate limits for pulling images.
   *
   * Pulling without a login needs no grant, because every image of a public repository is public. The grantee must have a policy in this
   * app. A whole account, for example, gets the token in its own account.
   *
   * @param grantee Principal to grant to.
   * @throws if the grantee has no policy in this app
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html
   */
  public grantPull(grantee: iam.IGrantable): iam.Grant {
    return grantPull(this, grantee);
  }

  /**
   * Grants permission to push images to this repository and to request the login token that a push needs.
   *
   * A grantee without a policy in this app, such as a whole account, gets the token in its own account.
   *
   * @param grantee Principal to grant to.
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policies.html
   */
  public grantPush(grantee: iam.IGrantable): iam.Grant {
    return grantPush(this, grantee);
  }

  /**
   * Grants permission to push images to this repository and to request the login token for pushing and pulling.
   *
   * This is the same as `grantPush`, because the token allows pulls with the higher rate limits, and the images themselves are public.
   *
   * @param grantee Principal to grant to.
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policies.html
   */
  public grantPullPush(grantee: iam.IGrantable): iam.Grant {
    return grantPullPush(this, grantee);
  }

  /**
   * Creates a rule for the refusals of the teardown.
   *
   * AWS CloudFormation sends the event when the resource fails. Its detail contains the reasons, and the command that lifts the refusal if
   * there is one. The rule and its target are deleted after the resource.
   *
   * @param id ID of the rule, unique in the construct.
   * @param options Target of the rule, and further conditions.
   * @throws if the teardown keeps the images
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   */
  public onRefused(id: string, options: events.OnEventOptions = {}): events.Rule {
    return refusalRule(this, id, options);
  }

  /**
   * Accepts only the policy RETAIN, and only if the teardown keeps the repository. Any other policy throws, because only `teardown` can
   * delete the repository.
   *
   * @param policy Removal policy.
   * @throws if the policy is not RETAIN, or if the teardown does not keep the repository
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    if (policy === RemovalPolicy.RETAIN && this.isKept) return;
    throwProblems(this.node.path, [
      `a removal policy has no effect on a public repository, got: ${policy.toUpperCase()}. Set 'teardown' instead`,
    ]);
  }
}

function problemsOf({ repositoryName, catalogData, tags }: PublicRepositoryProps): string[] {
  const isKnown = (value: unknown) => !Token.isUnresolved(value);
  return [
    ...unlessToken(repositoryName, name => publicRepositoryNameProblems(name)),
    ...catalogProblems(catalogData ?? {}, isKnown),
    ...logoFileProblems(catalogData?.logo),
    ...tagProblems(tags ?? {}, isKnown),
  ];
}
