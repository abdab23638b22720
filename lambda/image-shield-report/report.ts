import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { OrganizationClients } from './clients';
import { listEnvironments } from './environments';
import { publishFindings } from './publish';
import { repositoryMetricLines } from './repository-metrics';
import { isJsonObject, JsonObject, parseJson } from '../../src/core/json';
import { environmentName, EnvironmentPlan, parseEnvironments } from '../../src/core/shield/environments';
import { Finding, METRICS, PartitionResult } from '../../src/core/shield/findings';
import {
  environmentKey, environmentResultsPrefix, environmentsKey, failuresPrefix, LAST_SUCCESS_KEY, partitionFailureKey, partitionOfStateKey,
  partitionsOf, resultsPrefix, searchFailureKey,
} from '../../src/core/shield/keys';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { runConcurrently } from '../shared/aws/run-concurrently';
import type { Task } from '../shared/protocol/job';
import { shieldMetrics } from '../shared/shield/metrics';
import type { ShieldObjects } from '../shared/shield/objects';
import { createStates } from '../shared/shield/states';
import { isStopped } from '../shared/shield/step';

/** Objects that are read at the same time. */
const READS_AT_ONCE = 20;
const HOUR = 3_600_000;

export interface RunStart {
  /** Whether somebody stopped the shield. */
  readonly stopped: boolean;
  readonly startedAt: string;
  /** Number of accounts and Regions to search. */
  readonly environments: number;
}

/**
 * Begins a run: reads the switch, and writes the list of the environments that the run searches.
 *
 * All partitions of the shield's own registry get a state, so that a run also finds the keep tags of an earlier shield.
 */
export async function begin(
  task: Task, objects: ShieldObjects, clients: OrganizationClients, { shield }: ShieldSettings, run: string, plan: EnvironmentPlan,
): Promise<RunStart> {
  const startedAt = new Date(task.clock.now()).toISOString();
  const lastSuccess = await readLastSuccess(objects);
  // until the first success, the hours count from the first run
  if (lastSuccess === undefined) await objects.writeIf(LAST_SUCCESS_KEY, JSON.stringify({ at: startedAt, isFirstRun: true }), undefined);
  const hours = (task.clock.now() - (lastSuccess ?? task.clock.now())) / HOUR;
  task.log(shieldMetrics(task.clock.now(), shield, { [METRICS.hoursSinceSuccess]: hours }));
  if (await isStopped(objects)) return { stopped: true, startedAt, environments: 0 };
  const environments = await listEnvironments(task, objects, clients, run, plan);
  await objects.write(environmentsKey(run), JSON.stringify(environments));
  const { account, region } = plan.own;
  await createStates(objects, partitionsOf(account, region));
  return { stopped: false, startedAt, environments: environments.length };
}

async function readLastSuccess(objects: ShieldObjects): Promise<number | undefined> {
  const value = parseJson((await objects.read(LAST_SUCCESS_KEY))?.text ?? '');
  const time = isJsonObject(value) ? Date.parse(String(value.at)) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** A step that failed in all attempts. */
export interface FailedStep {
  readonly environment?: string;
  /** Key of the state object of a partition. */
  readonly key?: string;
  readonly error: string;
  readonly cause: string;
}

/** Records a failed environment or partition. The run goes on with the others. */
export async function recordFailure(objects: ShieldObjects, run: string, step: FailedStep): Promise<void> {
  const { environment, key = '', error, cause } = step;
  const details = parseJson(cause);
  const reason = `${error}: ${isJsonObject(details) && typeof details.errorMessage === 'string' ? details.errorMessage : cause}`;
  const partition = partitionOfStateKey(key) ?? key;
  const finding: Finding = environment === undefined ? {
    kind: 'partition-failed',
    message: `partition ${partition} could not be completed. Its images keep their tags, and the next run continues. ${reason}`,
  } : {
    kind: 'environment-unreadable',
    message: `${environment} could not be searched, so nothing that was last seen there is released. ${reason}`,
    environment,
  };
  const at = environment === undefined ? partitionFailureKey(run, partition) : searchFailureKey(run, environment);
  await objects.write(at, JSON.stringify(finding));
}

/** Totals of a run. */
export interface RunSummary {
  readonly protected: number;
  readonly newlyProtected: number;
  readonly released: number;
  readonly unprotected: number;
  readonly findings: number;
  readonly succeeded: boolean;
}

/**
 * Ends a run: adds up the results of the partitions, and publishes metrics and findings.
 *
 * @param ownRegistry `<registry>/<region>` of the shield
 */
export async function end(
  task: Task, objects: ShieldObjects, events: () => EventBridgeClient, { shield, repositoryMetrics }: ShieldSettings, run: string,
  ownRegistry: string,
): Promise<RunSummary> {
  const failureKeys = await objects.allKeys(failuresPrefix(run));
  const failures = [
    ...await readAll<Finding>(objects, failureKeys, ({ kind }) => typeof kind === 'string'),
    ...await unrecordedFailures(objects, run, failureKeys),
  ];
  const resultKeys = await objects.allKeys(resultsPrefix(run));
  const results = await readAll<PartitionResult>(objects, resultKeys, ({ findings }) => Array.isArray(findings));
  const all = [...failures, ...results.flatMap(result => result.findings)];
  const sum = (count: (result: PartitionResult) => number) => results.reduce((total, result) => total + count(result), 0);
  const summary: RunSummary = {
    protected: sum(result => result.protected),
    newlyProtected: sum(result => result.newlyProtected),
    released: sum(result => result.released),
    unprotected: sum(({ unprotected }) => Object.values(unprotected).reduce((total, count) => total + count, 0)),
    findings: all.length + sum(result => result.moreFindings),
    // a shield that was stopped during the run has not protected all images
    succeeded: failures.length === 0 && !await isStopped(objects),
  };
  const now = task.clock.now();
  if (summary.succeeded) await objects.write(LAST_SUCCESS_KEY, JSON.stringify({ at: new Date(now).toISOString(), run }));
  task.log(shieldMetrics(now, shield, {
    [METRICS.protectedImages]: summary.protected,
    [METRICS.newlyProtectedImages]: summary.newlyProtected,
    [METRICS.releasedImages]: summary.released,
    [METRICS.unprotectedImages]: summary.unprotected,
    [METRICS.findings]: summary.findings,
    ...summary.succeeded ? { [METRICS.hoursSinceSuccess]: 0 } : {},
  }));
  if (repositoryMetrics) for (const line of repositoryMetricLines(now, shield, ownRegistry, results)) task.log(line);
  await publishFindings(task, events, { shield, run, bucket: objects.bucket }, all);
  return summary;
}

/** Environments that have neither a result nor a failure, because the step that records failures failed too. */
async function unrecordedFailures(objects: ShieldObjects, run: string, failureKeys: readonly string[]): Promise<Finding[]> {
  const environments = parseEnvironments((await objects.read(environmentsKey(run)))?.text ?? '') ?? [];
  const recorded = new Set([...failureKeys, ...await objects.allKeys(environmentResultsPrefix(run))]);
  const isRecorded = (name: string) => [environmentKey(run, name), searchFailureKey(run, name)].some(key => recorded.has(key));
  return environments.map(environmentName).filter(name => !isRecorded(name)).map(environment => ({
    kind: 'environment-unreadable',
    message: `${environment} could not be searched, so nothing that was last seen there is released. Its failure could not be recorded.`
      + ' Look at the execution of the state machine.',
    environment,
  }));
}

async function readAll<T>(objects: ShieldObjects, keys: readonly string[], isValid: (value: JsonObject) => boolean): Promise<T[]> {
  const values = new Map<string, T>();
  await runConcurrently(keys, READS_AT_ONCE, async key => {
    const value = parseJson((await objects.read(key))?.text ?? '');
    if (!isJsonObject(value) || !isValid(value)) throw new Error(`s3://${objects.bucket}/${key} is damaged. Start another run.`);
    values.set(key, value as unknown as T);
  });
  return keys.map(key => values.get(key)!);
}
