import { ECRPUBLICClient, ECRPUBLICClientConfig } from '@aws-sdk/client-ecr-public';
import type { LocalEcrPublic } from './local-ecr-public';

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
