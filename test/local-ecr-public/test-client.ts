import { ECRPUBLICClient, ECRPUBLICClientConfig } from '@aws-sdk/client-ecr-public';
import { LocalEcrPublic } from './local-ecr-public';

/** Makes only one attempt, so that a test gets each response. `config` overrides this. */
export function clientOf(ecr: LocalEcrPublic, accessKeyId = 'test', config: ECRPUBLICClientConfig = {}): ECRPUBLICClient {
  return new ECRPUBLICClient({
    endpoint: ecr.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
    ...config,
  });
}

/** Creates a registry and a client for each test of the file. `prepare` prevents this. */
export function startForEachTest(prepare: (ecr: LocalEcrPublic, client: ECRPUBLICClient) => void): void {
  let ecr: LocalEcrPublic;
  let client: ECRPUBLICClient;

  beforeEach(async () => {
    ecr = await LocalEcrPublic.start();
    client = clientOf(ecr);
    prepare(ecr, client);
  });

  afterEach(async () => {
    client.destroy();
    await ecr.stop();
  });
}
