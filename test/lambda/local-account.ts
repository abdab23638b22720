import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { DeployedStack } from './deployed-stack';
import type { CopyClients } from '../../lambda/image-copy/clients';
import type { PublicClients } from '../../lambda/public-repository/clients';
import type { CheckClients } from '../../lambda/repository-policy-check/clients';
import type { ClientLocation } from '../../lambda/shared/aws/ecr-clients';
import type { CustomResourceHandler } from '../../lambda/shared/protocol/custom-resource';
import type { Clock, CustomResourceRequest, Surroundings } from '../../lambda/shared/protocol/job';
import type { TeardownClients } from '../../lambda/shared/teardown/clients';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import { ResponseEndpoint } from '../local-cloudformation/response-endpoint';
import { LocalEcr } from '../local-ecr/local-ecr';
import { Principals } from '../local-ecr/principals';
import { LocalEcrPublic } from '../local-ecr-public/local-ecr-public';
import { LocalEcs } from '../local-ecs/local-ecs';
import { LocalEventBridge } from '../local-eventbridge/local-eventbridge';
import { LocalLambda } from '../local-lambda/local-lambda';
import { LocalS3 } from '../local-s3/local-s3';
import { LocalSecrets } from '../local-secrets/local-secrets';
import { LocalSts } from '../local-sts/local-sts';

/** An answer as CloudFormation read it; undefined when none came. */
export type Answer = { Status: 'SUCCESS' | 'FAILED'; Reason: string; PhysicalResourceId: string; Data?: Record<string, string> } | undefined;

export type Clients = TeardownClients & PublicClients & CheckClients & CopyClients;

export type Handle = (surroundings: Surroundings, clients: Clients) => CustomResourceHandler;

export type RequestType = CustomResourceRequest['RequestType'];

/** Time that passes only when somebody waits, so that a minute of patience costs nothing. */
class SteppingClock implements Clock {
  private time = 0;
  now = () => this.time;
  sleep = async (milliseconds: number) => { this.time += milliseconds; };
}

/**
 * An account made of the local fakes: handlers run in this process, through the real SDK, each with the role that was synthesised for it.
 */
export class LocalAccount {
  static async start(): Promise<LocalAccount> {
    const principals = new Principals();
    return new LocalAccount(
      await LocalEcr.start({ principals }),
      await LocalCloudFormation.start({ principals, pageSize: 4 }),
      await ResponseEndpoint.start({ principals }),
      await LocalEcs.start({ principals, pageSize: 2 }),
      await LocalLambda.start({ principals, pageSize: 2 }),
      await LocalSts.start({ principals }),
      await LocalS3.start({ principals }),
      await LocalEcrPublic.start({ principals }),
      await LocalEventBridge.start({ principals }),
      await LocalSecrets.start({ principals }),
    );
  }

  /** What the functions logged, all of them. */
  readonly logs = new Array<string>();
  private requests = 0;

  private constructor(
    readonly ecr: LocalEcr, readonly cloudFormation: LocalCloudFormation, readonly responses: ResponseEndpoint,
    readonly ecs: LocalEcs, readonly lambda: LocalLambda, readonly sts: LocalSts, readonly s3: LocalS3, readonly ecrPublic: LocalEcrPublic,
    readonly events: LocalEventBridge, readonly secrets: LocalSecrets,
  ) {}

  async stop(): Promise<void> {
    const { ecr, cloudFormation, responses, ecs, lambda, sts, s3, ecrPublic, events, secrets } = this;
    await Promise.all([ecr, cloudFormation, responses, ecs, lambda, sts, s3, ecrPublic, events, secrets].map(service => service.stop()));
  }

  /** Sends one request to the handler as CloudFormation would; a handler that dies leaves no answer. */
  async request(
    handle: Handle, stack: DeployedStack, type: RequestType, logicalId: string,
    more: Partial<CustomResourceRequest> & { remaining?: number } = {},
  ): Promise<Answer> {
    const role = this.roleOf(stack);
    const { remaining = 900_000, ...fields } = more;
    const RequestId = fields.RequestId ?? `request-${++this.requests}`;
    const before = this.responses.accepted.length;
    const request: CustomResourceRequest = {
      RequestType: type,
      RequestId,
      ResponseURL: this.responses.url(RequestId, role),
      StackId: stack.stackId,
      ResourceType: 'Custom::Test',
      LogicalResourceId: logicalId,
      PhysicalResourceId: type === 'Create' ? undefined : `${stack.stackId.split('/')[2]}:${logicalId}`,
      ResourceProperties: stack.customResourceProperties(logicalId),
      ...fields,
    };
    await handle(this.surroundings(role), this.clients(role))(request, { getRemainingTimeInMillis: () => remaining }).catch(() => undefined);
    for (const { accessKeyId } of [{ accessKeyId: role }, ...this.sts.sessions]) this.ecr.principals.revive(accessKeyId);
    const [delivery] = this.responses.accepted.slice(before);
    if (delivery && !(delivery.isShortEnough && delivery.contentTypeIsEmpty)) throw new Error('an answer that CloudFormation would not take');
    return delivery?.json as Answer;
  }

  /** The access key that stands for the function's role of this stack. */
  roleOf(stack: DeployedStack): string {
    const role = `ROLE${stack.stackId.split('/')[2]}`;
    if (!this.ecr.principals.find(role).policy) this.ecr.principal(role, { policy: stack.policy() });
    return role;
  }

  /** How a function with this access key reaches what is not its own account's ECR. */
  clients(accessKeyId: string): Clients {
    const common = ({ region, credentials }: ClientLocation) =>
      ({ ...clientOf(accessKeyId), ...region ? { region } : {}, ...credentials ? { credentials } : {} });
    return {
      ecr: place => new ECRClient({ ...common(place), endpoint: this.ecr.endpoint }),
      ecrOnce: place => new ECRClient({ ...common(place), retryStrategy: undefined, maxAttempts: 1, endpoint: this.ecr.endpoint }),
      s3: () => new S3Client({ ...common({}), endpoint: this.s3.endpoint, forcePathStyle: true }),
      ecs: place => new ECSClient({ ...common(place), endpoint: this.ecs.endpoint }),
      lambda: place => new LambdaClient({ ...common(place), endpoint: this.lambda.endpoint }),
      ecrPublic: () => new ECRPUBLICClient({ ...common({}), endpoint: this.ecrPublic.endpoint }),
      sts: () => new STSClient({ ...common({}), endpoint: this.sts.endpoint }),
      events: () => new EventBridgeClient({ ...common({}), endpoint: this.events.endpoint }),
      secrets: () => new SecretsManagerClient({ ...common({}), endpoint: this.secrets.endpoint }),
    };
  }

  surroundings(accessKeyId: string): Surroundings {
    const common = clientOf(accessKeyId);
    const ecr = new ECRClient({ ...common, endpoint: this.ecr.endpoint });
    const cloudFormation = new CloudFormationClient({ ...common, endpoint: this.cloudFormation.endpoint });
    return {
      ecr,
      clock: new SteppingClock(),
      cloudFormation: () => cloudFormation,
      log: line => { this.logs.push(line); },
    };
  }
}

function clientOf(accessKeyId: string) {
  return {
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
    retryStrategy: new ConfiguredRetryStrategy(3, 1), // the SDK's own, with next to no pause
  };
}
