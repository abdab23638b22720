import { AwsError, invalidParameter } from '../aws-error';
import { Backfill, BackfillResult, failuresOf, isTerminal } from '../backfills';
import { integer, oneOf, optionalText, requiredText } from '../constraints';
import { epochSeconds } from '../epoch-seconds';
import type { EcrRequest, Operation } from '../operation';
import { leadsTo, readDestination } from '../replication-rules';

const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';

export const startReplicationBackfill = onRegistry('StartReplicationBackfill', request => {
  const { input, registry } = request;
  const destination = readDestination('destination', input.destination);
  if (!registry.replicationRules.some(rule => leadsTo(rule, destination))) throw notConfigured(request);
  return heading(request, request.backfills!.start(registry, destination, request.now()));
});

export const stopReplicationBackfill = onRegistry('StopReplicationBackfill', request => {
  const backfill = find(request);
  request.backfills!.stop(backfill, request.now());
  return heading(request, backfill);
});

export const listReplicationBackfills = onRegistry('ListReplicationBackfills', request => {
  const { registry, input } = request;
  const size = integer('maxResults', input.maxResults, 1, 50) ?? 25;
  const all = request.backfills!.of(registry, request.now());
  const { rows, ...next } = page(request, all, size, 'all');
  return {
    registryId: registry.account,
    backfills: rows.map(row => {
      const backfill = request.backfills!.read(registry, row, request.now());
      return { replicationBackfillId: backfill.id, destination: backfill.destination, ...state(backfill) };
    }),
    ...next,
  };
});

export const describeReplicationBackfillResults = onRegistry('DescribeReplicationBackfillResults', request => {
  const { registry, input } = request;
  const size = integer('maxResults', input.maxResults, 1, 1000) ?? 100;
  const status = oneOf('resultStatusFilter', input.resultStatusFilter, ['COMPLETE', 'FAILED']);
  const found = find(request);
  const backfill = request.backfills!.read(registry, found, request.now());
  const results = backfill.results.filter(result => status === undefined || result.status === status);
  const answer = { ...heading(request, backfill), ...state(backfill) };
  if (!isTerminal(backfill.status)) return answer;
  const { rows, ...next } = page(request, results, size, `${backfill.id} ${status}`);
  return { ...answer, results: rows.map(renderResult), ...next };
});

/** The registry has no ARN. */
function onRegistry(action: string, run: (request: EcrRequest) => object): Operation {
  return { needs: () => [{ action: `ecr:${action}`, resource: '*' }], run };
}

function find({ input, registry, backfills, now }: EcrRequest): Backfill {
  const id = requiredText('replicationBackfillId', input.replicationBackfillId, { pattern: UUID });
  return backfills!.find(registry, id, now());
}

function notConfigured({ readings }: EcrRequest): AwsError {
  const because = 'The destination is not in the replication configuration of the registry';
  const isOther = readings.isOther('backfill-destination-error');
  return isOther ? new AwsError('ValidationException', because) : invalidParameter('destination', because);
}

function heading({ registry }: EcrRequest, { id, destination, status, startedAt }: Backfill): object {
  return { replicationBackfillId: id, registryId: registry.account, destination, status, startedAt: epochSeconds(startedAt) };
}

function state(backfill: Backfill): object {
  const { status, failureCode, replications, results, startedAt, endedAt } = backfill;
  const failures = failuresOf(backfill);
  return {
    status,
    ...failureCode === undefined ? {} : { failureCode },
    ...replications === undefined ? {} : {
      progress: {
        totalReplicationCount: replications.length,
        completedReplicationCount: results.length - failures.length,
        failedReplicationCount: failures.length,
        failureCodes: [...new Set(failures.map(failure => failure.failureCode))],
      },
    },
    startedAt: epochSeconds(startedAt),
    ...endedAt === undefined ? {} : { endedAt: epochSeconds(endedAt) },
  };
}

function renderResult({ repositoryName, imageId, status, failureCode }: BackfillResult): object {
  return { repositoryName, imageId, status, ...failureCode === undefined ? {} : { failureCode } };
}

function page<T>(
  { operation, input, registry, tokens }: EcrRequest, all: readonly T[], size: number, of: string,
): { readonly rows: readonly T[]; readonly nextToken?: string } {
  const scope = `${operation} ${registry.account} ${registry.region} ${of}`;
  const [from] = tokens.open(scope, optionalText('nextToken', input.nextToken)) ?? [0];
  const until = from + size;
  return { rows: all.slice(from, until), ...until < all.length ? { nextToken: tokens.seal(scope, [until]) } : {} };
}
