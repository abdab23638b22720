import { ECRClient, ECRClientConfig } from '@aws-sdk/client-ecr';
import { LocalEcr, LocalEcrOptions } from './local-ecr';

/** Makes only one attempt, so that a test gets each response. `config` overrides this. */
export function clientOf(ecr: LocalEcr, accessKeyId = 'test', config: ECRClientConfig = {}): ECRClient {
  return new ECRClient({
    endpoint: ecr.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
    ...config,
  });
}

/** The error of a call, for assertions on several of its members. */
export async function errorOf(call: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('the call succeeded');
}

interface StartOptions {
  readonly ecr?: LocalEcrOptions;
  /** Access key of the client. */
  readonly accessKeyId?: string;
}

/** Creates a registry and a client for each test of the file. `prepare` prevents this. */
export function startForEachTest(prepare: (ecr: LocalEcr, client: ECRClient) => void | Promise<void>, options: StartOptions = {}): void {
  let ecr: LocalEcr;
  let client: ECRClient;

  beforeEach(async () => {
    ecr = await LocalEcr.start(options.ecr);
    client = clientOf(ecr, options.accessKeyId);
    await prepare(ecr, client);
  });

  afterEach(async () => {
    client.destroy();
    await ecr.stop();
  });
}
