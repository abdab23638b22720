import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import type { HttpRequest } from '@smithy/core/protocols';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { DeployedStack } from './deployed-stack';
import type { CopyClients } from '../../lambda/image-copy/clients';
import { SMALLEST_PART } from '../../lambda/image-copy/layer-parts';
import type { OrganizationClients } from '../../lambda/image-shield-report/clients';
import type { PublicClients } from '../../lambda/public-repository/clients';
import type { CheckClients } from '../../lambda/repository-policy-check/clients';
import type { ClientLocation, EcrClients } from '../../lambda/shared/aws/ecr-clients';
import type { ParameterClients } from '../../lambda/shared/aws/parameter-clients';
import type { CustomResourceHandler } from '../../lambda/shared/protocol/custom-resource';
import type { Clock, CustomResourceRequest, Surroundings } from '../../lambda/shared/protocol/job';
import type { TeardownClients } from '../../lambda/shared/teardown/clients';
import { CREDENTIAL_PAIRS } from '../../src/core/wire/image-copy';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import { ResponseEndpoint } from '../local-cloudformation/response-endpoint';
import { LocalEcr } from '../local-ecr/local-ecr';
import type { LocalService } from '../local-ecr/local-service';
import { Principals } from '../local-ecr/principals';
import { Readings } from '../local-ecr/readings';
import { LocalEcrPublic } from '../local-ecr-public/local-ecr-public';
import { LocalEcs } from '../local-ecs/local-ecs';
import { LocalEventBridge } from '../local-eventbridge/local-eventbridge';
import { LocalLambda } from '../local-lambda/local-lambda';
import { LocalOrganizations } from '../local-organizations/local-organizations';
import { LocalS3 } from '../local-s3/local-s3';
import { LocalSecrets } from '../local-secrets/local-secrets';
import { LocalSsm } from '../local-ssm/local-ssm';
import { LocalSts } from '../local-sts/local-sts';

/** A response as CloudFormation read it; undefined if there was no response. */
export type Answer = { Status: 'SUCCESS' | 'FAILED'; Reason: string; PhysicalResourceId: string; Data?: Record<string, string> }
  | undefined;

export type Clients =
  TeardownClients & PublicClients & CheckClients & CopyClients & EcrClients & OrganizationClients & ParameterClients;

export type Handle = (surroundings: Surroundings, clients: Clients) => CustomResourceHandler;

export type RequestType = CustomResourceRequest['RequestType'];

/** Time that passes only during waits, so that a minute of patience takes no time. */
class SteppingClock implements Clock {
  private time = 0;
  now = () => this.time;
  sleep = async (milliseconds: number) => { this.time += milliseconds; };
}

/** How the SDK reaches the fakes: over HTTP, or by a call in this process, which takes less time. */
export type Transport = 'sockets' | 'in-process';

/**
 * An account made of the local fakes: handlers run in this process, through the real SDK, each with its synthesized role.
 */
export class LocalAccount {
  /** @param pages Rows of ECS and Lambda in a page, so that few workloads fill several pages, or as many as AWS returns. */
  static async start(transport: Transport = 'sockets', pages: 'short' | 'as in AWS' = 'short'): Promise<LocalAccount> {
    const readings = new Readings();
    const principals = new Principals(readings);
    const pageSize = pages === 'short' ? 2 : undefined;
    return new LocalAccount(
      transport,
      readings,
      await LocalEcr.start({ principals, readings }),
      await LocalCloudFormation.start({ principals, readings, pageSize: 4 }),
      await ResponseEndpoint.start({ principals }),
      await LocalEcs.start({ principals, readings, pageSize }),
      await LocalLambda.start({ principals, readings, pageSize }),
      await LocalSts.start({ principals, readings }),
      await LocalS3.start({ principals, readings }),
      await LocalEcrPublic.start({ principals, readings }),
      await LocalEventBridge.start({ principals, readings }),
      await LocalSecrets.start({ principals, readings }),
      await LocalOrganizations.start({ principals, readings, pageSize }),
      await LocalSsm.start({ principals, readings, pageSize }),
    );
  }

  /** The log lines of all functions. */
  readonly logs = new Array<string>();
  /** Number of attempts of the SDK for each call. */
  attempts = 3;
  private requests = 0;
  private onlyRole?: string;
  private readonly known = new Map<string, unknown>();
  private readonly retries = new Array<RenewedRetries>();

  private constructor(
    private readonly transport: Transport,
    /** How the fakes behave where AWS documents nothing. */
    readonly readings: Readings,
    readonly ecr: LocalEcr, readonly cloudFormation: LocalCloudFormation, readonly responses: ResponseEndpoint,
    readonly ecs: LocalEcs, readonly lambda: LocalLambda, readonly sts: LocalSts, readonly s3: LocalS3, readonly ecrPublic: LocalEcrPublic,
    readonly events: LocalEventBridge, readonly secrets: LocalSecrets, readonly organizations: LocalOrganizations,
    readonly ssm: LocalSsm,
  ) {
    ecr.secrets = secrets;
  }

  async stop(): Promise<void> {
    const { ecr, cloudFormation, responses, ecs, lambda, sts, s3, ecrPublic, events, secrets, organizations, ssm } = this;
    const services = [ecr, cloudFormation, responses, ecs, lambda, sts, s3, ecrPublic, events, secrets, organizations, ssm];
    await Promise.all(services.map(service => service.stop()));
  }

  /** Sends one request to the handler as CloudFormation does. A handler that dies leaves no response. */
  /** CloudFormation has created the repositories that a stack declares before a deletion, unless a test sets something else. */
  private declareNatives(stack: DeployedStack): void {
    const told = this.cloudFormation.stack(stack.stackId);
    const natives = stack.nativeRepositories();
    for (const [nth, logicalId] of stack.logicalIds('AWS::ECR::Repository').entries()) {
      const physicalId = natives[nth].repositoryName;
      if (!told.knows(logicalId)) told.resource(logicalId, { type: 'AWS::ECR::Repository', physicalId });
    }
  }

  async request(
    handle: Handle, stack: DeployedStack, type: RequestType, logicalId: string,
    more: Partial<CustomResourceRequest> & { remaining?: number } = {},
  ): Promise<Answer> {
    const role = this.roleOf(stack);
    if (type === 'Delete') this.declareNatives(stack);
    const { remaining = 900_000, ...fields } = more;
    const RequestId = fields.RequestId ?? `request-${++this.requests}`;
    const before = this.responses.accepted.length;
    for (const retries of this.retries) retries.renew();
    const request: CustomResourceRequest = {
      RequestType: type,
      RequestId,
      ResponseURL: this.responses.url(RequestId, role),
      StackId: stack.stackId,
      ResourceType: 'Custom::Test',
      LogicalResourceId: logicalId,
      PhysicalResourceId: type === 'Create' ? undefined : `${stack.stackId.split('/')[2]}:${logicalId}`,
      ResourceProperties: fields.ResourceProperties ?? stack.customResourceProperties(logicalId),
      ...fields,
    };
    const credentialPairs = this.environmentOf(stack)[CREDENTIAL_PAIRS] ?? '';
    const clients = { ...this.clients(role), credentialPairs };
    await handle(this.surroundings(role), clients)(request, { getRemainingTimeInMillis: () => remaining }).catch(() => undefined);
    for (const { accessKeyId } of [{ accessKeyId: role }, ...this.sts.sessions]) this.ecr.principals.revive(accessKeyId);
    const delivery = this.responses.accepted.slice(before).find(({ requestId }) => requestId === RequestId);
    if (delivery && !(delivery.isShortEnough && delivery.contentTypeIsEmpty)) {
      throw new Error('an answer that CloudFormation would not take');
    }
    const answer = delivery?.json as Answer;
    if (answer?.Status === 'FAILED') {
      this.cloudFormation.stack(stack.stackId).resourceEvent(logicalId, request.ResourceType, `${type.toUpperCase()}_FAILED`,
        `Received response status [FAILED] from custom resource. Message returned: ${answer.Reason} (RequestId: ${RequestId})`);
    }
    return answer;
  }

  /** Returns the environment of the function of this stack. A test may replace it. */
  environmentOf(stack: DeployedStack): Record<string, string> {
    return stack.environment();
  }

  /** Returns the access key that represents the function's role of this stack. */
  roleOf(stack: DeployedStack): string {
    if (this.onlyRole !== undefined) return this.onlyRole;
    const role = `ROLE${stack.stackId.split('/')[2]}`;
    if (!this.ecr.principals.find(role).policy) this.ecr.principal(role, { policy: stack.policy() });
    return role;
  }

  /** Replaces the stack. The function of the new stack has the clients of the old one, with the permissions of the new role. */
  replaceStack(stack: DeployedStack): void {
    this.onlyRole = 'ROLE';
    this.ecr.principal(this.onlyRole, { policy: stack.policy() });
  }

  /** Returns the clients of a function with this access key beyond the ECR of its own account. */
  clients(accessKeyId: string): Clients {
    const at = ({ region, credentials }: ClientLocation) => ({
      accessKeyId, ...region ? { region } : {}, ...credentials ? { credentials } : {},
    });
    const here = at({});
    return {
      ecr: ({ maxAttempts, ...place }) =>
        this.client(ECRClient, this.ecr, at(place), maxAttempts === undefined ? {} : { retryStrategy: undefined, maxAttempts }),
      cloudFormation: place => this.client(CloudFormationClient, this.cloudFormation, at(place)),
      s3: () => this.client(S3Client, this.s3, here, { forcePathStyle: true }),
      ecs: place => this.client(ECSClient, this.ecs, at(place)),
      lambda: place => this.client(LambdaClient, this.lambda, at(place)),
      ecrPublic: () => this.client(ECRPUBLICClient, this.ecrPublic, here),
      sts: () => this.client(STSClient, this.sts, here),
      events: () => this.client(EventBridgeClient, this.events, here),
      secrets: () => this.client(SecretsManagerClient, this.secrets, here),
      organizations: place => this.client(OrganizationsClient, this.organizations, at(place)),
      ssm: () => this.client(SSMClient, this.ssm, here),
      credentialPairs: '',
      smallestPart: SMALLEST_PART,
    };
  }

  surroundings(accessKeyId: string): Surroundings {
    return {
      ecr: this.client(ECRClient, this.ecr, { accessKeyId }),
      clock: new SteppingClock(),
      cloudFormation: () => this.client(CloudFormationClient, this.cloudFormation, { accessKeyId }),
      log: line => { this.logs.push(line); },
    };
  }

  /**
   * Returns one client for each location and caller, as a function keeps its clients between requests. Each request has a full retry quota.
   */
  private client<C>(Client: new (config: object) => C, service: LocalService, location: Caller, more: object = {}): C {
    const { accessKeyId, region = 'us-east-1', credentials = { accessKeyId, secretAccessKey: 'test' } } = location;
    const key = JSON.stringify([Client.name, region, credentials, more]);
    const known = this.known.get(key) as C | undefined;
    if (known) return known;
    const retryStrategy = new RenewedRetries(this.attempts);
    const client = new Client({
      region,
      credentials,
      retryStrategy,
      endpoint: service.endpoint,
      ...this.transport === 'in-process' ? { requestHandler: service.inProcess(), signerConstructor: Unsigned } : {},
      ...more,
    });
    // a session ends with its request, so that thousands of them do not stay in memory
    if (location.credentials) return client;
    this.known.set(key, client);
    this.retries.push(retryStrategy);
    return client;
  }
}

interface Caller extends ClientLocation {
  readonly accessKeyId: string;
}

/**
 * Names caller, Region, and service as Signature Version 4 does, but signs nothing: the fakes check no signature, and signing takes a tenth
 * of the time of a call. Over sockets, the SDK signs.
 */
class Unsigned {
  constructor(private readonly scope: {
    readonly credentials: () => Promise<{ readonly accessKeyId: string }>; readonly region: string; readonly service: string;
  }) {}

  async sign(request: HttpRequest, { signingRegion, signingService }: { signingRegion?: string; signingService?: string }) {
    const { accessKeyId } = await this.scope.credentials();
    const scope = `20260101/${signingRegion ?? this.scope.region}/${signingService ?? this.scope.service}/aws4_request`;
    request.headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}`;
    return request;
  }
}

/** The retries of the SDK, with almost no pause, and a full quota for each request to a handler. */
class RenewedRetries {
  private current: ConfiguredRetryStrategy;
  constructor(private readonly attempts: number) {
    this.current = new ConfiguredRetryStrategy(attempts, 1);
  }
  renew() {
    this.current = new ConfiguredRetryStrategy(this.attempts, 1);
  }
  acquireInitialRetryToken(...args: Parameters<ConfiguredRetryStrategy['acquireInitialRetryToken']>) {
    return this.current.acquireInitialRetryToken(...args);
  }
  refreshRetryTokenForRetry(...args: Parameters<ConfiguredRetryStrategy['refreshRetryTokenForRetry']>) {
    return this.current.refreshRetryTokenForRetry(...args);
  }
  recordSuccess(...args: Parameters<ConfiguredRetryStrategy['recordSuccess']>) {
    this.current.recordSuccess(...args);
  }
}
