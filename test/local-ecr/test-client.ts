import { ECRClient, ECRClientConfig } from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';

/** One attempt only, so that a test sees each answer; `config` overrides. */
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
