import { ECSClient, ECSClientConfig } from '@aws-sdk/client-ecs';
import type { LocalEcs } from './local-ecs';

/** One attempt only, so that a test sees each answer; `config` overrides. */
export function clientOf(ecs: LocalEcs, accessKeyId = 'test', config: ECSClientConfig = {}): ECSClient {
  return new ECSClient({
    endpoint: ecs.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
    ...config,
  });
}
