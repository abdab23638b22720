import { PutRegistryScanningConfigurationCommand } from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { answerOf, Probe } from './probe';

const SHARED = {
  fake: 'local-ecr/scanning-rules.ts',
  rests: ['lambda/shared/registry/scanning-setting.ts'],
  otherwise: 'test/local-ecr/scanning-rules.test.ts',
  obstacle: 'needs the scanning configuration of the registry, which is a setting for all repositories',
} as const;

/** Sets basic scanning on push with one rule for each filter. */
const scanOnPush = (ecr: ECRClient, ...filters: string[]) => answerOf(ecr.send(new PutRegistryScanningConfigurationCommand({
  scanType: 'BASIC',
  rules: filters.map(filter => ({ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: [{ filter, filterType: 'WILDCARD' }] })),
})));

/** What the scanning configuration of a registry can contain. */
export const REGISTRY_SCANNING = [
  {
    id: 'scanning-rules-same-frequency',
    fact: 'A scanning configuration has at most one rule for each frequency',
    assumed: 'InvalidParameterException',
    other: 'accepted',
    ...SHARED,
    ask: ({ clients: { ecr } }) => scanOnPush(ecr, 'one/*', 'two/*'),
  },
  {
    id: 'scanning-filter-wildcards',
    fact: 'A filter of a scanning configuration has at most four `*`',
    assumed: 'InvalidParameterException',
    other: 'accepted',
    ...SHARED,
    ask: ({ clients: { ecr } }) => scanOnPush(ecr, '*a*b*c*d*'),
  },
] as const satisfies readonly Probe[];
