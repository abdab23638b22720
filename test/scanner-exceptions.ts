export type Scanner = 'cdk-nag' | 'cfn-lint' | 'checkov';

/** What a scanner says of one resource of one app. */
export interface Finding {
  readonly scanner: Scanner;
  readonly id: string;
  /** CloudFormation type and construct path. */
  readonly resource: string;
  /** Name of the app that was synthesised. */
  readonly app: string;
}

/** A finding that is meant to stay. docs/reference/scanners.md shows each, word for word. */
export interface ScannerException {
  readonly scanner: Scanner;
  readonly id: string;
  /** What has to be there for it to appear. */
  readonly appears: 'every repository' | 'with a function';
  /** The resources it may be said of, as `Finding.resource` names them. */
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
    reason: 'Wants KMS. ECR encrypts every repository, with AES-256 by default. KMS requests are charged, and a key of your own has a'
      + ' monthly price and a policy to keep; to change the choice later replaces the repository. It is one property away: `encryption:'
      + ' RepositoryEncryption.KMS` or `encryptionKey`.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/(CdkEcrKeeper[A-Za-z]+|[0-9a-f]{8})\/Policy\/Resource$/,
    reason: 'Wants no wildcard. Reading names, tags, policies and image ids is allowed on every repository of account and Region; writing'
      + ' only under a condition on a tag that holds the id of this very stack, or on one repository by name. So the policy has one size'
      + ' for any number of repositories and outlives each of them.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/((CdkEcrKeeper[A-Za-z]+|Role|[0-9a-f]{8})\/Policy|ExecutionRole\/DefaultPolicy)\/Resource$/,
    reason: 'Wants no wildcard. A guard that looks at what runs lists clusters, tasks, services and functions; a copy, and a'
      + ' task that runs its image, asks for the token of a registry; a gate reads findings of Amazon Inspector;'
      + ' a teardown of a prefix asks CloudFormation which stack owns a repository.'
      + ' IAM knows no narrower resource for these (service authorization reference of ECS, Lambda, ECR, Inspector and CloudFormation).'
      + ' They change nothing, and each is there only where it is asked for.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr-public::<AWS::AccountId>:repository/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeperPublicRepository\/Policy\/Resource$/,
    reason: 'Wants no wildcard. Reading is allowed on every public repository of the account; creating only by name,'
      + ' everything else only under a condition on a tag that holds the id of this very stack.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Wants no wildcard. What runs from a repository\'s images may run in any cluster of the Region; tasks are described,'
      + ' never changed. Only where a guard has `ImageUse.ecs()`.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:service/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Wants no wildcard. As for tasks: services are described, never changed.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Wants no wildcard. Only GetFunction tells a function\'s image, and any function may run from it. Only where a guard'
      + ' has `ImageUse.lambdaFunctions()`; nothing else of the answer is kept or logged.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/shop/cache/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/[0-9a-f]{8}\/Policy\/Resource$/,
    reason: 'Wants no wildcard. What a pull-through cache makes under a prefix has names that nobody knows at synthesis.'
      + ' Reading is allowed below that prefix; deleting only what carries the required tag there, and no mark of a teardown.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::shop-audit/cdk-ecr-keeper/TestEnvironment/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeper[A-Za-z]+\/Policy\/Resource$/,
    reason: 'Wants no wildcard. Each audit is an object of its own, under a prefix that names this stack.'
      + ' The function may write there, and read nothing.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_107',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeperImageCopy\/Policy\/Resource$/,
    reason: 'Wants nothing that hands out credentials. To copy from ECR Public or into a repository takes the token of the registry,'
      + ' which is what these actions answer. It lives in the memory of the function, and is part of no log and no template.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_115',
    appears: 'with a function',
    resource: FUNCTION,
    reason: 'Wants reserved concurrency. It would be taken from what the account\'s other functions share, and the deployment would fail'
      + ' where the account has none to spare. CloudFormation alone calls the function, once for each custom resource that it creates,'
      + ' updates or deletes.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_116',
    appears: 'with a function',
    resource: FUNCTION,
    reason: 'Wants a dead-letter queue. CloudFormation waits for the answer and reports one that does not come as the failure of the'
      + ' resource. A queue would keep requests whose answers nobody waits for any more; the next operation on the stack sends a new'
      + ' one.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_117',
    appears: 'with a function',
    resource: FUNCTION,
    reason: 'Wants a VPC. The function has nothing to reach inside one: it calls the APIs of ECR and CloudFormation and answers to an'
      + ' address in S3. In a VPC each of these would need a NAT gateway or an endpoint.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_173',
    appears: 'with a function',
    resource: FUNCTION,
    reason: 'Wants a key of your own for environment variables. Only the function that copies images with credentials has one: hashes that'
      + ' say which secret goes to which registry, and no secret.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_158',
    appears: 'with a function',
    resource: /^AWS::Logs::LogGroup .+\/(CdkEcrKeeper[A-Za-z]+\/Logs|Task\/App\/LogGroup)\/Resource$/, // the other is the example's
    reason: 'Wants a KMS key on the log group. CloudWatch Logs encrypts every log group with a key of its own. The lines hold names,'
      + ' counts and error messages, no credentials and no answer address; a key of yours would have to name the Logs service in its'
      + ' policy.',
  },
  {
    scanner: 'cfn-lint',
    id: 'W3005',
    appears: 'with a function',
    resource: /^AWS::Lambda::Function /,
    reason: 'Finds a DependsOn that a reference implies already: the one that the CDK writes for the role of every function. Saying it'
      + ' twice has no effect.',
  },
];

export interface Judgement {
  /** Findings without an exception. */
  readonly unexcused: Finding[];
  /** Exceptions without a finding. */
  readonly obsolete: ScannerException[];
}

/** Judges what these scanners said of all apps together; the default app may have only what every repository has. */
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

/** What the default repository is checked for and passes, beyond the absence of findings. */
export const PASSED_BY_DEFAULT: ReadonlyArray<{ readonly scanner: Scanner; readonly id: string; readonly what: string }> = [
  { scanner: 'cdk-nag', id: 'AwsSolutions-ECR1', what: 'no open access' },
  { scanner: 'checkov', id: 'CKV_AWS_32', what: 'no public policy' },
  { scanner: 'checkov', id: 'CKV_AWS_51', what: 'immutable tags' },
  { scanner: 'checkov', id: 'CKV_AWS_163', what: 'scanning on push' },
];
