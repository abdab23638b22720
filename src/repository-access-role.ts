import { Stack, Token } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ACCOUNT_ID, EXTERNAL_ID } from './core/environment';
import { markKey } from './core/mark';
import { IMAGE_COPY_HANDLER } from './core/wire/image-copy';
import { IMAGE_TAGS_HANDLER } from './core/wire/image-tags';
import { LIFECYCLE_POLICY_HANDLER } from './core/wire/lifecycle-policy';
import { REPOSITORY_POLICY_HANDLER } from './core/wire/repository-policy';
import { REPOSITORY_POLICY_CHECK_HANDLER } from './core/wire/repository-policy-check';
import { SCAN_GATE_HANDLER } from './core/wire/scan-gate';
import { TEARDOWN_HANDLER } from './core/wire/teardown';
import { LifecycleGuard } from './lifecycle-guard';
import { functionRoleName } from './private/handler/role-name';
import { COPY_FROM, COPY_TO, INSPECTOR_READS, PUSH_TOKEN, REMOVE_TAGS, SCAN } from './private/images/image-permissions';
import { LIFECYCLE_WRITES, lifecycleReads } from './private/lifecycle/lifecycle-permissions';
import { POLICY_READS, POLICY_WRITES } from './private/policy/policy-permissions';
import { throwProblems } from './private/problems';
import { mayMark } from './private/repository/unowned-repository';
import { retireGrant } from './private/teardown/kms-grants';
import { replicaStatements, teardownActions } from './private/teardown/teardown-permissions';
import { Teardown } from './teardown';

/** The stack whose functions a role trusts. */
export interface TrustedStack {
  /** Its name, as in the CloudFormation console. */
  readonly stackName: string;
  /** Id of its account, 12 digits. */
  readonly account: string;
  /** Its Region. */
  readonly region: string;
}

/** Properties of `RepositoryAccessRole`. */
export interface RepositoryAccessRoleProps {
  /** The repositories of this account that the other account's stack deals with. Their names must be known. */
  readonly repositories: aws_ecr.IRepositoryRef[];

  /**
   * The teardown that is given to them there. The role allows what it needs and no more.
   *
   * @default - the other stack cannot remove anything
   */
  readonly teardown?: Teardown;

  /**
   * Whether the other stack may write statements into their policies, and look whether they are still there.
   *
   * @default false
   */
  readonly policy?: boolean;

  /**
   * Whether the other stack may attach a lifecycle policy to them.
   *
   * @default false
   */
  readonly lifecycle?: boolean;

  /**
   * The guard of that lifecycle policy there.
   *
   * @default - no preview may be asked for
   */
  readonly lifecycleGuard?: LifecycleGuard;

  /**
   * Whether the other stack may copy images from them (`ImageSource.fromEcrRepository`).
   *
   * @default false
   */
  readonly pull?: boolean;

  /**
   * Whether the other stack may copy images to them and tag those that are there (`ImageCopy`, `ImageTags`), and take tags off again.
   *
   * @default false
   */
  readonly push?: boolean;

  /**
   * Whether the other stack may have their images scanned and read the findings (`ScanGate`).
   *
   * @default false
   */
  readonly scan?: boolean;

  /** The stack in the other account that imports the repositories with `access`. It need not exist yet. */
  readonly trusted: TrustedStack;

  /**
   * A secret-like text that the other account must give when it assumes the role, 2 to 1,224 characters.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
   */
  readonly externalId: string;

  /**
   * KMS keys of the repositories, so that ECR can retire its grants on them when a repository is deleted.
   *
   * @default - the repositories are taken to be encrypted with AES-256; others are deleted all the same, but two grants stay on the key
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
   */
  readonly encryptionKeys?: kms.IKey[];

  /**
   * Name of the role, so that the other stack can name its ARN.
   *
   * @default - CloudFormation makes one up
   */
  readonly roleName?: string;
}

/**
 * Lets a stack of another account deal with repositories of this one: write statements, attach a lifecycle policy, tear down, copy, tag and scan images.
 * Deploy it in the repositories' account, before the stack that uses it.
 *
 * Only the functions of that one stack can assume the role. They may leave their marks on the repositories named, and remove only what carries one; with
 * `push`, tags of images too.
 *
 * @throws when a name is not known at synthesis, nothing is allowed, or the teardown removes nothing
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
 *
 * @example
 * new RepositoryAccessRole(this, 'Access', {
 *   repositories: [Repository.fromRepositoryName(this, 'Shared', 'team/shared')],
 *   teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
 *   trusted: { stackName: 'Build', account: '111111111111', region: 'eu-west-1' },
 *   externalId: 'team-build',
 * });
 */
export class RepositoryAccessRole extends Construct {
  /** ARN of the role, for `access` of an `ExistingRepository` or a `RepositoryTeardown`. */
  public readonly roleArn: string;

  constructor(scope: Construct, id: string, props: RepositoryAccessRoleProps) {
    super(scope, id);
    throwProblems(this.node.path, problemsOf(props));
    const { repositories, trusted, externalId } = props;
    const rights = rightsOf(this, props);
    const { partition } = Stack.of(this);
    const role = new iam.Role(this, 'Resource', {
      roleName: props.roleName,
      description: `cdk-ecr-keeper: lets the stack ${trusted.stackName} of account ${trusted.account} deal with ECR repositories`,
      // a principal that does not exist yet cannot be named; the account with a condition can
      assumedBy: new iam.AccountPrincipal(trusted.account).withConditions({
        StringEquals: { 'sts:ExternalId': externalId },
        ArnEquals: {
          'aws:PrincipalArn': [...new Set(rights.flatMap(right => right.handlers))].map(handler =>
            `arn:${partition}:iam::${trusted.account}:role/${functionRoleName(trusted.stackName, trusted.region, handler)}`),
        },
      }),
    });
    const resources = repositories.map(repository => repository.repositoryRef.repositoryArn);
    role.attachInlinePolicy(new iam.Policy(this, 'Policy', {
      statements: [
        new iam.PolicyStatement({ actions: [...new Set(rights.flatMap(right => right.actions))], resources }),
        ...rights.flatMap(right => right.marked === undefined ? [] : markedStatements(repositories, right.marked)),
        ...rights.flatMap(right => right.statements),
        ...(props.encryptionKeys ?? []).map(key => retireGrant(key.keyArn, key.env.region)),
      ],
    }));
    this.roleArn = role.roleArn;
  }
}

/** What the role allows for one purpose. */
interface Rights {
  /** Whose functions these are for. */
  readonly handlers: readonly string[];
  /** Reads, and what is done to images whoever put them there. */
  readonly actions: readonly string[];
  /** What is done only while the mark of a handler is there. */
  readonly marked?: { readonly handler: string; readonly writes: readonly string[]; readonly untags: readonly string[] };
  readonly statements: readonly iam.PolicyStatement[];
}

function rightsOf(scope: Construct, props: RepositoryAccessRoleProps): Rights[] {
  const { repositories, teardown, policy, lifecycle, lifecycleGuard } = props;
  const plan = teardown?._plan;
  const rights = new Array<Rights>();
  if (plan && plan.kind !== 'retain') {
    const { reads, writes, untags } = teardownActions(plan, false);
    const statements = repositories.flatMap(repository => replicaStatements(scope, repository.repositoryRef.repositoryName, plan));
    rights.push({ handlers: [TEARDOWN_HANDLER], actions: reads, marked: { handler: TEARDOWN_HANDLER, writes, untags }, statements });
  }
  if (policy) {
    const resources = repositories.map(repository => repository.repositoryRef.repositoryArn);
    rights.push({
      handlers: [REPOSITORY_POLICY_HANDLER, REPOSITORY_POLICY_CHECK_HANDLER],
      actions: POLICY_READS,
      statements: [new iam.PolicyStatement({ actions: POLICY_WRITES, resources })],
    });
  }
  if (lifecycle) {
    const marked = { handler: LIFECYCLE_POLICY_HANDLER, writes: LIFECYCLE_WRITES, untags: [markKey(LIFECYCLE_POLICY_HANDLER)] };
    rights.push({ handlers: [LIFECYCLE_POLICY_HANDLER], actions: lifecycleReads(lifecycleGuard?._guard), marked, statements: [] });
  }
  return [...rights, ...imageRights(props)];
}

function imageRights({ pull, push, scan }: RepositoryAccessRoleProps): Rights[] {
  const anywhere = (actions: string[]) => [new iam.PolicyStatement({ actions, resources: ['*'] })];
  return [
    ...pull ? [{ handlers: [IMAGE_COPY_HANDLER], actions: COPY_FROM, statements: [] }] : [],
    ...push ? [{ handlers: [IMAGE_COPY_HANDLER, IMAGE_TAGS_HANDLER], actions: [...COPY_TO, ...REMOVE_TAGS], statements: anywhere(PUSH_TOKEN) }] : [],
    ...scan ? [{ handlers: [SCAN_GATE_HANDLER], actions: SCAN, statements: anywhere(INSPECTOR_READS) }] : [],
  ];
}

function markedStatements(repositories: readonly aws_ecr.IRepositoryRef[], { handler, writes, untags }: NonNullable<Rights['marked']>): iam.PolicyStatement[] {
  const resources = repositories.map(repository => repository.repositoryRef.repositoryArn);
  const isMarked = { Null: { [`aws:ResourceTag/${markKey(handler)}`]: 'false' } };
  return [
    ...repositories.map(repository => mayMark(repository, handler)),
    new iam.PolicyStatement({ actions: [...writes], resources, conditions: isMarked }),
    new iam.PolicyStatement({
      actions: ['ecr:UntagResource'],
      resources,
      conditions: { ...isMarked, 'ForAllValues:StringEquals': { 'aws:TagKeys': [...untags] } },
    }),
  ];
}

function problemsOf(props: RepositoryAccessRoleProps): string[] {
  const { repositories, trusted, externalId, teardown, policy, lifecycle, lifecycleGuard, pull, push, scan } = props;
  const unknown = Object.entries(trusted).filter(([, value]) => Token.isUnresolved(value));
  return [
    ...[teardown, policy, lifecycle, pull, push, scan].some(Boolean) ? []
      : ['one of \'policy\', \'lifecycle\', \'teardown\', \'pull\', \'push\' and \'scan\' must be given, or the role allows nothing'],
    ...teardown?._plan.kind === 'retain' ? ['\'teardown\' must remove something, got: Teardown.retain()'] : [],
    ...lifecycleGuard && !lifecycle ? ['\'lifecycleGuard\' must be given together with \'lifecycle\', got no lifecycle'] : [],
    ...repositories.length === 0 ? ['\'repositories\' must name at least one, got none'] : [],
    ...repositories.filter(({ repositoryRef: { repositoryName } }) => Token.isUnresolved(repositoryName))
      .map(repository => `'repositories' must have names that are known at synthesis, got a token for '${repository.node.path}'`),
    ...unknown.map(([name]) => `'trusted.${name}' must be known at synthesis, got a token`),
    ...Token.isUnresolved(trusted.account) || ACCOUNT_ID.test(trusted.account) ? [] : [`'trusted.account' must have 12 digits, got: ${trusted.account}`],
    ...Token.isUnresolved(externalId) || EXTERNAL_ID.test(externalId) ? [] : ['\'externalId\' must have 2 to 1,224 characters of [A-Za-z0-9_+=,.@:/-]'],
  ];
}
