import { ECSClient, ECSClientConfig } from '@aws-sdk/client-ecs';
import type { LocalEcs } from './local-ecs';

/** Makes only one attempt, so that a test gets each response. `config` overrides this. */
export function clientOf(ecs: LocalEcs, accessKeyId = 'test', config: ECSClientConfig = {}): ECSClient {
  return new ECSClient({
    endpoint: ecs.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
    ...config,
  });
}
