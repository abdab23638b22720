import { DEFAULT_ACCOUNT } from '../local-ecr/principals';
import type { Place } from '../local-ecr/registry';

export type { Place };

export function arnOf(resource: string, { account = DEFAULT_ACCOUNT, region = 'us-east-1' }: Place): string {
  return `arn:aws:ecs:${region}:${account}:${resource}`;
}
