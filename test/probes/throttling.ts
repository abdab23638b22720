import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import type { Probe } from './probe';

/** How AWS refuses calls that are too frequent. */
export const THROTTLING = [
  {
    id: 'throttling-code',
    fact: 'ECR throttles a call with the error ThrottlingException',
    assumed: 'ThrottlingException',
    other: 'ThrottleException',
    fake: 'local-ecr/local-service.ts',
    rests: ['lambda/shared/protocol/errors.ts', 'cli/aws-refusal.ts'],
    otherwise: 'test/lambda/shared/throttling.test.ts',
    obstacle: 'needs more calls in a second than the quota of the account, which throttles its other callers, too',
    async ask({ fakes, clients }) {
      fakes.ecr.faults.add({ kind: 'throttle' });
      return clients.ecr.send(new DescribeRepositoriesCommand({})).then(() => 'not throttled', (error: Error) => error.name);
    },
  },
] as const satisfies readonly Probe[];
