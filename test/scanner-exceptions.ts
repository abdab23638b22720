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
  /** The check, with its finding for cdk-nag. `…` is any text, such as the logical id of a resource. */
  readonly id: string;
  /** When the finding appears. */
  readonly appears: 'every repository' | 'with a function' | 'with a shield' | 'with an event rule';
  /** The resources that may have the finding, in the format of `Finding.resource`. */
  readonly resource: RegExp;
  readonly reason: string;
}

/** A function of a custom resource. The second is the one that aws-cdk-lib adds to empty the state bucket of a shield. */
const FUNCTION = /^AWS::Lambda::Function .+\/(CdkEcrKeeper[A-Za-z]+\/Function\/Resource|Custom::S3AutoDeleteObjects[A-Za-z]+\/Handler)$/;
const SHIELD_FUNCTION = /^AWS::Lambda::Function .+\/Shield\/(Collect|Protect|Report)\/Function\/Resource$/;
const SHIELD_POLICY = /^AWS::IAM::Policy .+\/(Shield\/(Collect|Protect|Report)|ImageUse|Role)\/Policy\/Resource$/;
const SEARCH_POLICY = /^AWS::IAM::Policy .+\/(CdkEcrKeeper[A-Za-z]+|Shield\/(Collect|Protect)|ImageUse|Role)\/Policy\/Resource$/;
const STATE_BUCKET = /^AWS::S3::Bucket .+\/Shield\/StateBucket\/Resource$/;
const STATE_MACHINE = /^AWS::StepFunctions::StateMachine .+\/Shield\/(Events\/)?Run\/StateMachine\/Resource$/;

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
    resource: /^AWS::IAM::Policy .+\/((CdkEcrKeeper[A-Za-z]+|Shield\/[A-Z][a-z]+|ImageUse|Role|[0-9a-f]{8})\/Policy|(ExecutionRole|Puller)\/DefaultPolicy)\/Resource$/,
    reason: 'Forbids wildcards. A guard or a shield that checks what runs lists clusters, tasks, services, and functions, and reads'
      + ' task definitions. A copy, a task that runs its image, and a role that pulls through a cache request the token of a registry. A'
      + ' gate reads findings of Amazon Inspector. A teardown of a prefix asks CloudFormation which stack owns a repository. A shield of'
      + ' an organization lists its accounts. IAM supports no narrower resource for these actions (service authorization reference of'
      + ' ECS, Lambda, ECR, Inspector, CloudFormation, and Organizations), nor for pull-through cache rules. Only the functions of a'
      + ' cache and of a registry change anything with them: the rules, and the policy of the registry. A function has only the actions'
      + ' that its constructs need.',
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
    resource: SEARCH_POLICY,
    reason: 'Forbids wildcards. Images of a repository can run in any cluster of the Region. The function describes tasks and never'
      + ' changes them. Present only if a guard or a shield has `ImageUse.ecs()`.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:service/*]',
    appears: 'with a function',
    resource: SEARCH_POLICY,
    reason: 'Forbids wildcards. Same as for tasks: the function describes services and never changes them.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:service-revision/*]',
    appears: 'with a function',
    resource: SEARCH_POLICY,
    reason: 'Forbids wildcards. Same as for services: the function describes the revisions of services, which hold the digests that they'
      + ' have pinned.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:*]',
    appears: 'with a function',
    resource: SEARCH_POLICY,
    reason: 'Forbids wildcards. Only GetFunction returns the image of a function, and any function can run from it. Present only if a'
      + ' guard or a shield has `ImageUse.lambdaFunctions()`. Nothing else of the response is kept or logged.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/…/*]',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/([0-9a-f]{8}\/Policy|(Template\/Role|Puller)\/DefaultPolicy)\/Resource$/,
    reason: 'Forbids wildcards. The names of repositories that a pull-through cache creates under a prefix are unknown at synthesis.'
      + ' The function can read the repositories under that prefix. It can delete only those that have the required tag and no'
      + ' mark of a teardown. The role of a template, which only Amazon ECR can assume, creates them. A role with `grantPull` pulls from'
      + ' them.',
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
    reason: 'Requires a VPC. The function needs nothing inside a VPC: it calls the APIs of ECR, CloudFormation, and S3, and responds to'
      + ' an address in S3. In a VPC, each of these calls would need a NAT gateway or an endpoint.',
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
    resource: /^AWS::Logs::LogGroup .+\/((CdkEcrKeeper[A-Za-z]+|Shield\/[A-Za-z]+)\/Logs|Task\/App\/LogGroup)\/Resource$/, // the last is the example's
    reason: 'Requires a KMS key on the log group. CloudWatch Logs encrypts every log group with a key that it manages. The lines contain'
      + ' names, counts, and error messages, but no credentials and no response URL. A customer managed key would have to name'
      + ' the Logs service in its policy.',
  },
  {
    scanner: 'cfn-lint',
    id: 'W3037',
    appears: 'with a function',
    resource: /^AWS::IAM::Policy .+\/CdkEcrKeeperRegistryReplication\/Policy\/Resource$/,
    reason: 'Reports unknown IAM actions. This version of cfn-lint does not know ecr:StartReplicationBackfill and'
      + ' ecr:DescribeReplicationBackfillResults, which are operations of the API of ECR. Present only with `backfill`.',
  },
  {
    scanner: 'cfn-lint',
    id: 'W3005',
    appears: 'with a function',
    resource: /^AWS::Lambda::Function /,
    reason: 'Reports a redundant DependsOn that a reference already implies: the one that the CDK writes for the role of every'
      + ' function. It has no effect.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/*]',
    appears: 'with a shield',
    resource: SHIELD_POLICY,
    reason: 'Forbids wildcards. The function lists the repositories of the account and Region to find the selected ones. It writes'
      + ' tags only in these, unless the shield has `RepositorySelection.all()`.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/…/*]',
    appears: 'with a shield',
    resource: SHIELD_POLICY,
    reason: 'Forbids wildcards. A shield also protects the repositories that are created later under a prefix. The function can read'
      + ' images there, and add and remove tags. IAM cannot limit these actions to the tags with the prefix of the shield.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::<…StateBucket….Arn>/…/*]',
    appears: 'with a shield',
    resource: SHIELD_POLICY,
    reason: 'Forbids wildcards. The objects of a run have the name of its execution in their keys. Each function can read or write only'
      + ' the folders of the state bucket that it needs: `runs/`, `state/`, or `control/`.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::<…StateBucket….Arn>/runs/*/environments.json]',
    appears: 'with a shield',
    resource: /^AWS::IAM::Policy .+\/Shield\/Run\/Role\/DefaultPolicy\/Resource$/,
    reason: 'Forbids wildcards. The state machine reads the list of the accounts and Regions of a run, which has the name of its'
      + ' execution in its key.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::*:role/image-use]',
    appears: 'with a shield',
    resource: /^AWS::IAM::Policy .+\/Shield\/(Collect|Protect)\/Policy\/Resource$/,
    reason: 'Forbids wildcards. The accounts of an organization are known only in a run. The function can assume roles with this name'
      + ' only, if they trust it. Present only with `EnvironmentSelection.organization()`.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::<…Function….Arn>:*]',
    appears: 'with a shield',
    resource: /^AWS::IAM::Policy .+\/Shield\/(Events\/)?Run\/Role\/DefaultPolicy\/Resource$/,
    reason: 'Forbids wildcards. The CDK lets a state machine call a function in every version. The functions of a shield have no'
      + ' published versions.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:…:*]',
    appears: 'with a shield',
    resource: /^AWS::IAM::Policy .+\/Shield\/Run\/StateMachine\/DistributedMapPolicy\/Resource$/,
    reason: 'Forbids wildcards. The state machine describes and stops the executions of its own maps, whose names Step Functions'
      + ' generates.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-SF1',
    appears: 'with a shield',
    resource: STATE_MACHINE,
    reason: 'Requires logs of all events of a state machine. Step Functions keeps the history of each execution for 90 days, and the'
      + ' state bucket keeps the results of each run for 30 days. The delivery of logs needs permissions for all resources.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-SF2',
    appears: 'with a shield',
    resource: STATE_MACHINE,
    reason: 'Requires X-Ray tracing. The history of an execution has the duration and the input of each state. Traces are charged, and'
      + ' need permissions for all resources.',
  },
  {
    scanner: 'cdk-nag',
    id: 'AwsSolutions-S1',
    appears: 'with a shield',
    resource: STATE_BUCKET,
    reason: 'Requires server access logs. They need a second bucket, which would remain with its logs after the stack. Only the'
      + ' functions of the shield use the bucket, and it contains names of repositories, digests, and ARNs. To record each access,'
      + ' use data events of AWS CloudTrail.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_18',
    appears: 'with a shield',
    resource: STATE_BUCKET,
    reason: 'Requires server access logs, as `AwsSolutions-S1` does.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_21',
    appears: 'with a shield',
    resource: STATE_BUCKET,
    reason: 'Requires versions of objects. Nothing reads an old version: the shield rebuilds a state that is lost from its tags, and'
      + ' writes a state only if it is the one that it read.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_26',
    appears: 'with an event rule',
    resource: /^AWS::SNS::Topic .+\/Team\/Resource$/, // the example's
    reason: 'Requires a KMS key on the topic that the examples create for events. They contain names of repositories and digests, and'
      + ' no credentials. The policy of a customer managed key would have to allow EventBridge to use it.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_115',
    appears: 'with a shield',
    resource: SHIELD_FUNCTION,
    reason: 'Requires reserved concurrency. It would be taken from the concurrency that the other functions of the account share. A'
      + ' run calls at most 40 functions at a time, and retries a call that is throttled.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_116',
    appears: 'with a shield',
    resource: SHIELD_FUNCTION,
    reason: 'Requires a dead-letter queue, which gets only asynchronous calls. The state machines wait for each call, retry it, and'
      + ' record a failure in the state bucket or in the execution. The next run repeats the work.',
  },
  {
    scanner: 'checkov',
    id: 'CKV_AWS_117',
    appears: 'with a shield',
    resource: SHIELD_FUNCTION,
    reason: 'Requires a VPC. The function needs nothing inside a VPC: it calls the APIs of ECR, ECS, Lambda, S3, and EventBridge. In a'
      + ' VPC, each of these calls would need a NAT gateway or an endpoint.',
  },
  {
    scanner: 'cfn-lint',
    id: 'W3005',
    appears: 'with a shield',
    resource: /^AWS::(IAM::Policy|StepFunctions::StateMachine|Scheduler::Schedule|Events::Rule) .+\/Shield\//,
    reason: 'Reports a redundant DependsOn that a reference already implies. The shield depends on complete constructs, for example on'
      + ' the bucket with its policy and its removal, so that nothing runs before it or after it. It refers to some of their'
      + ' resources too.',
  },
];

export interface Judgement {
  /** Findings without an exception. */
  readonly unexcused: Finding[];
  /** Exceptions without a finding. */
  readonly obsolete: ScannerException[];
}

/** Whether a finding has this id, in which `…` is any text. */
/** The account and Region of a stack with `env`, and all Regions of a role, count as those of the deployment. */
const PLACE = /:(?:[a-z]+(?:-[a-z]+)+-\d|\*):(?:\d{12}|<AWS::AccountId>):/g;

function isId(pattern: string, id: string): boolean {
  const texts = pattern.split('…').map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${texts.join('.+')}$`).test(id.replace(PLACE, ':<AWS::Region>:<AWS::AccountId>:'));
}

/** Judges the findings of these scanners in all apps. The default app may have only the findings of every repository. */
export function judge(findings: readonly Finding[], scanners: readonly Scanner[], defaultApp: string): Judgement {
  const excuses = (exception: ScannerException, finding: Finding) =>
    exception.scanner === finding.scanner && isId(exception.id, finding.id) && exception.resource.test(finding.resource)
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
