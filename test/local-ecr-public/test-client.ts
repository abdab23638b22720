import { ECRPUBLICClient, ECRPUBLICClientConfig } from '@aws-sdk/client-ecr-public';
import { LocalEcrPublic } from './local-ecr-public';

/** One attempt only, so that a test sees each answer; `config` overrides. */
export function clientOf(ecr: LocalEcrPublic, accessKeyId = 'test', config: ECRPUBLICClientConfig = {}): ECRPUBLICClient {
  return new ECRPUBLICClient({
    endpoint: ecr.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
    ...config,
  });
}

/** A registry with a client of it, new for every test of the file that calls this; `prepare` keeps them. */
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
