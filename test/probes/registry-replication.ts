import {
  DescribeReplicationBackfillResultsCommand, ECRClient, PutReplicationConfigurationCommand, StartReplicationBackfillCommand,
} from '@aws-sdk/client-ecr';
import { answerOf, Probe, ProbeWorld } from './probe';
import { push } from './push';

const OTHER_REGION = 'eu-north-1';
const OBSTACLE = 'needs the replication configuration of the registry, which is a setting for all repositories';
const RULES = {
  fake: 'local-ecr/replication-rules.ts',
  rests: ['lambda/shared/registry/replication-setting.ts'],
  otherwise: 'test/local-ecr/replication.test.ts',
  obstacle: OBSTACLE,
} as const;
const BACKFILLS = {
  rests: ['lambda/registry-replication/backfill.ts'], otherwise: 'test/local-ecr/replication-backfill.test.ts', obstacle: OBSTACLE,
} as const;

interface Destination {
  readonly region: string;
  readonly registryId: string;
}

/** Sets rules for destinations, each with filters for these prefixes. */
const replicate = (ecr: ECRClient, destinations: readonly Destination[], ...prefixes: string[]) => ecr.send(
  new PutReplicationConfigurationCommand({
    replicationConfiguration: {
      rules: destinations.map(destination => ({
        destinations: [destination], repositoryFilters: prefixes.map(filter => ({ filter, filterType: 'PREFIX_MATCH' })),
      })),
    },
  }));
const there = ({ account }: ProbeWorld, region = OTHER_REGION): Destination => ({ region, registryId: account });

/** What a replication configuration can contain, and how a backfill begins and ends. */
export const REGISTRY_REPLICATION = [
  {
    id: 'replication-equal-rules',
    fact: 'A replication configuration can have equal rules',
    assumed: 'accepted',
    other: 'InvalidParameterException',
    ...RULES,
    ask: world => answerOf(replicate(world.clients.ecr, [there(world), there(world)], 'team/')),
  },
  {
    id: 'replication-equal-filters',
    fact: 'A replication rule can have equal filters',
    assumed: 'accepted',
    other: 'InvalidParameterException',
    ...RULES,
    ask: world => answerOf(replicate(world.clients.ecr, [there(world)], 'team/', 'team/')),
  },
  {
    id: 'backfill-destination-error',
    fact: 'A backfill to a destination that is not in the replication configuration fails with the error for invalid parameters',
    assumed: 'InvalidParameterException',
    other: 'ValidationException',
    fake: 'local-ecr/operations/replication-backfill.ts',
    ...BACKFILLS,
    ask: world => answerOf(world.clients.ecr.send(new StartReplicationBackfillCommand({ destination: there(world) }))),
  },
  {
    id: 'backfill-complete-with-failures',
    fact: 'A backfill of fewer than 100 images is complete although images were not copied',
    assumed: 'COMPLETE',
    other: 'FAILED',
    fake: 'local-ecr/backfills.ts',
    ...BACKFILLS,
    obstacle: 'needs a second account, and a setting of the registry',
    async ask(world) {
      const { ecr } = world.clients;
      await push(ecr, await world.repository());
      const destination = { region: OTHER_REGION, registryId: '111111111111' };
      await replicate(ecr, [destination], 'probe/');
      const { replicationBackfillId } = await ecr.send(new StartReplicationBackfillCommand({ destination }));
      for (let read = 0; read < 10; read += 1) {
        const { status } = await ecr.send(new DescribeReplicationBackfillResultsCommand({ replicationBackfillId }));
        if (status !== 'PREPARING' && status !== 'IN_PROGRESS') return String(status);
      }
      return 'not finished';
    },
  },
] as const satisfies readonly Probe[];
