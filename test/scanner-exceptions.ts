export type Scanner = 'cdk-nag' | 'cfn-lint' | 'checkov';

/** A finding of a scanner about one resource of one app. */
export interface Finding {
  readonly scanner: Scanner;
  readonly id: string;
  /** CloudFormation type and construct path. */
  readonly resource: string;
  /** Name of the synthesized app. */
  readonly app: string;
}

/** A finding that is accepted. docs/reference/scanners.md has each, word for word. */
export interface ScannerException {
  readonly scanner: Scanner;
  readonly id: string;
  /** When the finding appears. */
  readonly appears: 'every repository' | 'with a function';
  /** The resources that may have the finding, in the format of `Finding.resource`. */
  readonly resource: RegExp;
  readonly reason: string;
}

const FUNCTION = /^AWS::Lambda::Function .+\/CdkEcrKeeper[A-Za-z]+\/Function\/Resource$/;

export const EXCEPTIONS: readonly ScannerException[] = [
  {
    scanner: 'checkov',
    id: 'CKV_AWS_136',
    appears: 'every repository',
    resource: /^AWS::ECR::Repository /,
    reason: 'Requires encryption with KMS. Amazon ECR encrypts every repository, with AES-256 by default. KMS requests are charged, a'
      + ' customer managed key has a monthly price and a policy to maintain, and a later change of the encryption replaces the'
      + ' repository. To use KMS, set `encryption: RepositoryEncryption.KMS` or `encryptionKey`.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/(CdkEcrKeeper[A-Za-z]+|[0-9a-f]{8})\/Policy\/Resource$/,
    reason: 'Forbids wildcards. The function can read names, tags, policies, and image ids of every repository in the account and'
      + ' Region. It can write only under a condition on a tag that holds the id of this stack, or to one repository by name.'
      + ' Therefore the policy has the same size for any number of repositories and outlives each of them.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/((CdkEcrKeeper[A-Za-z]+|Role|[0-9a-f]{8})\/Policy|ExecutionRole\/DefaultPolicy)\/Resource$/,
    reason: 'Forbids wildcards. A guard that checks what runs lists clusters, tasks, services, and functions. A copy, and a task that'
      + ' runs its image, requests the token of a registry. A gate reads findings of Amazon Inspector. A teardown of a prefix'
      + ' asks CloudFormation which stack owns a repository. IAM supports no narrower resource for these actions (service'
      + ' authorization reference of ECS, Lambda, ECR, Inspector, and CloudFormation). They change nothing, and a function has'
      + ' only the actions that its constructs need.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr-public::<AWS::AccountId>:repository/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeperPublicRepository\/Policy\/Resource$/,
    reason: 'Forbids wildcards. The function can read every public repository of the account. It can create repositories only by'
      + ' name, and do everything else only under a condition on a tag that holds the id of this stack.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Forbids wildcards. Images of a repository can run in any cluster of the Region. The function describes tasks and never'
      + ' changes them. Present only if a guard has `ImageUse.ecs()`.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:service/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Forbids wildcards. Same as for tasks: the function describes services and never changes them.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:service-revision/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Forbids wildcards. Same as for services: the function describes the revisions of services, which hold the digests that they'
      + ' have pinned.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Forbids wildcards. Only GetFunction returns the image of a function, and any function can run from it. Present only if a'
      + ' guard has `ImageUse.lambdaFunctions()`. Nothing else of the response is kept or logged.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/shop/cache/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/[0-9a-f]{8}\/Policy\/Resource$/,
    reason: 'Forbids wildcards. The names of repositories that a pull-through cache creates under a prefix are unknown at synthesis.'
      + ' The function can read the repositories under that prefix. It can delete only those that have the required tag and no'
      + ' mark of a teardown.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::shop-audit/cdk-ecr-keeper/TestEnvironment/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Forbids wildcards. Each audit is a separate object under a prefix that names this stack. The function can write objects'
      + ' there and can read none.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_107',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeperImageCopy\/Policy\/Resource$/,
    reason: 'Forbids actions that return credentials. To copy from ECR Public or into a repository, the function needs the token of'
      + ' the registry, which these actions return. The token is only in the memory of the function, and never in a log or a'
      + ' template.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_115',
    appears: 'with a function',
    resource: FUNCTION,
    reason: 'Requires reserved concurrency. It would be taken from the concurrency that the other functions of the account share, and'
      + ' the deployment would fail if the account has none left. Only CloudFormation calls the function, once for each custom'
      + ' resource that it creates, updates, or deletes.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_116',
    appears: 'with a function',
    resource: FUNCTION,
    reason: 'Requires a dead-letter queue. CloudFormation waits for the response, and if it does not arrive, reports that as the'
      + ' failure of the resource. A queue would keep requests that nobody waits for any more. The next operation on the stack'
      + ' sends a new request.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_117',
    appears: 'with a function',
    resource: FUNCTION,
    reason: 'Requires a VPC. The function needs nothing inside a VPC: it calls the APIs of ECR and CloudFormation and responds to an'
      + ' address in S3. In a VPC, each of these calls would need a NAT gateway or an endpoint.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_173',
    appears: 'with a function',
    resource: FUNCTION,
    reason: 'Requires a customer managed key for environment variables. Only the function that copies images with credentials has'
      + ' environment variables. They contain hashes that say which secret is for which registry, and no secret.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_158',
    appears: 'with a function',
    resource: /^AWS::Logs::LogGroup .+\/(CdkEcrKeeper[A-Za-z]+\/Logs|Task\/App\/LogGroup)\/Resource$/, // the other is the example's
    reason: 'Requires a KMS key on the log group. CloudWatch Logs encrypts every log group with a key that it manages. The lines contain'
      + ' names, counts, and error messages, but no credentials and no response URL. A customer managed key would have to name'
      + ' the Logs service in its policy.',
  },
  {
    scanner: 'cfn-lint',
    id: 'W3005',
    appears: 'with a function',
    resource: /^AWS::Lambda::Function /,
    reason: 'Reports a redundant DependsOn that a reference already implies: the one that the CDK writes for the role of every'
      + ' function. It has no effect.',
  },
];

export interface Judgement {
  /** Findings without an exception. */
  readonly unexcused: Finding[];
  /** Exceptions without a finding. */
  readonly obsolete: ScannerException[];
}

/** Judges the findings of these scanners in all apps. The default app may have only the findings of every repository. */
export function judge(findings: readonly Finding[], scanners: readonly Scanner[], defaultApp: string): Judgement {
  const excuses = (exception: ScannerException, finding: Finding) =>
    exception.scanner === finding.scanner && exception.id === finding.id && exception.resource.test(finding.resource)
    && (exception.appears === 'every repository' || finding.app !== defaultApp);
  return {
    unexcused: findings.filter(finding => !EXCEPTIONS.some(exception => excuses(exception, finding))),
    obsolete: EXCEPTIONS.filter(exception =>
      scanners.includes(exception.scanner) && !findings.some(finding => excuses(exception, finding))),
  };
}

/** Checks that the default repository passes, beyond the absence of findings. */
export const PASSED_BY_DEFAULT: ReadonlyArray<{ readonly scanner: Scanner; readonly id: string; readonly what: string }> = [
  { scanner: 'cdk-nag', id: 'AwsSolutions-ECR1', what: 'forbids open access' },
  { scanner: 'checkov', id: 'CKV_AWS_32', what: 'forbids a public policy' },
  { scanner: 'checkov', id: 'CKV_AWS_51', what: 'requires immutable tags' },
  { scanner: 'checkov', id: 'CKV_AWS_163', what: 'requires scanning on push' },
];
