import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import type { Interruption } from './interruption';
import { CLIENT } from '../../lambda/shared/aws/clients';
import { WITHOUT_RETRIES } from '../../lambda/shared/aws/ecr-clients';
import type { InUseClients } from '../../lambda/shared/in-use/clients';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';

/** Milliseconds for which responses of ECS and Lambda are reused, because they are the same for every repository. */
const FRESH = 60_000;

/** Context that a client passes to its middleware, the same for every service. */
interface Context {
  readonly commandName?: string;
}
interface CommandInput {
  readonly input: unknown;
}
type Middleware = (next: (command: CommandInput) => Promise<object>, context: Context) => (command: CommandInput) => Promise<object>;
interface Client {
  readonly middlewareStack: { add(middleware: unknown, options: object): void };
}

/** Returns credentials. A client calls it again when they are about to expire. */
export type FindCredentials = () => Promise<{
  readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string; readonly expiration?: Date;
}>;

export interface ClientsOptions {
  /** Credentials of an assumed role. @default - the clients find them as the AWS CLI does */
  readonly credentials?: FindCredentials;
  /** Receives what the SDK warns of. @default - standard error */
  readonly logger?: Record<'trace' | 'debug' | 'info' | 'warn' | 'error', () => void>;
}

const actions = new WeakMap<object, string>();

/** Returns the IAM action of the call that failed. */
export function actionOf(error: unknown): string | undefined {
  return actions.get(error as object);
}

/** The clients of one run. After an interruption, they start no call and no retry. */
export class Clients {
  private readonly clients = new Map<string, Client>();
  private readonly configuration: typeof CLIENT & ClientsOptions;

  constructor(private readonly interruption: Interruption, options: ClientsOptions = {}) {
    this.configuration = { ...CLIENT, ...options };
  }

  ecr(region: string | undefined): ECRClient {
    return this.once('ecr', region, () => new ECRClient({ ...this.configuration, region }));
  }

  /** Returns a client for requests that must not take effect after a delay. */
  ecrWithoutRetries(region: string): ECRClient {
    return this.once('ecr', region, () => new ECRClient({ ...this.configuration, ...WITHOUT_RETRIES, region }), 'without retries');
  }

  ssm(region: string): SSMClient {
    return this.once('ssm', region, () => new SSMClient({ ...this.configuration, region }));
  }

  cloudFormation(region: string): CloudFormationClient {
    return this.once('cloudformation', region, () => new CloudFormationClient({ ...this.configuration, region }));
  }

  ecrPublic(): ECRPUBLICClient {
    return this.once('ecr-public', PUBLIC_REGION, () => new ECRPUBLICClient({ ...this.configuration, region: PUBLIC_REGION }));
  }

  s3(region: string | undefined): S3Client {
    return this.once('s3', region, () => new S3Client({ ...this.configuration, region }));
  }

  sts(region: string | undefined): STSClient {
    return this.once('sts', region, () => new STSClient({ ...this.configuration, maxAttempts: 2, region }));
  }

  tagging(region: string): ResourceGroupsTaggingAPIClient {
    return this.once('tag', region, () => new ResourceGroupsTaggingAPIClient({ ...this.configuration, region }));
  }

  get inUse(): InUseClients {
    return {
      ecs: ({ region }) => this.once('ecs', region, () => withMemory(new ECSClient({ ...this.configuration, region }))),
      lambda: ({ region }) => this.once('lambda', region, () => withMemory(new LambdaClient({ ...this.configuration, region }))),
      s3: () => { throw new Error('the command does not read files in S3'); },
      sts: () => { throw new Error('the command does not assume roles'); },
    };
  }

  private once<C extends Client>(service: string, region: string | undefined, make: () => C, variant = ''): C {
    const key = `${service} ${region ?? ''} ${variant}`;
    const client = this.clients.get(key) as C | undefined ?? this.watch(make(), service);
    this.clients.set(key, client);
    return client;
  }

  private watch<C extends Client>(client: C, service: string): C {
    const naming: Middleware = (next, { commandName = '' }) => command => next(command).catch((error: unknown) => {
      if (error instanceof Error) actions.set(error, `${service}:${commandName.replace(/Command$/, '')}`);
      throw error;
    });
    // This step runs for each attempt, inside the retry middleware.
    const stopping: Middleware = next => async command => {
      this.interruption.check();
      return next(command);
    };
    client.middlewareStack.add(naming, { step: 'initialize', name: 'naming' });
    client.middlewareStack.add(stopping, { step: 'deserialize', name: 'stopping' });
    return client;
  }
}

function withMemory<C extends Client>(client: C): C {
  const answers = new Map<string, { readonly at: number; readonly answer: Promise<object> }>();
  const remember: Middleware = (next, { commandName }) => command => {
    const key = `${commandName} ${JSON.stringify(command.input)}`;
    const memory = answers.get(key);
    if (memory && performance.now() - memory.at < FRESH) return memory.answer;
    const answer = next(command);
    answers.set(key, { at: performance.now(), answer });
    answer.catch(() => answers.delete(key));
    return answer;
  };
  client.middlewareStack.add(remember, { step: 'initialize', name: 'remember' });
  return client;
}
