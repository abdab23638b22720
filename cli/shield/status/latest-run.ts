import { runConcurrently } from '../../../lambda/shared/aws/run-concurrently';
import { isJsonObject, parseJson } from '../../../src/core/json';
import { environmentName, parseEnvironments } from '../../../src/core/shield/environments';
import type { Finding, FindingKind, PartitionResult } from '../../../src/core/shield/findings';
import { environmentKey, environmentsKey, failuresPrefix, LAST_SUCCESS_KEY, resultsPrefix } from '../../../src/core/shield/keys';
import type { StateBucket } from '../state-bucket';

/** The run that started last. */
export interface LatestRun {
  readonly run: string;
  /** In milliseconds. */
  readonly startedAt: number;
  /** UNFINISHED: the run may be in progress. FAILED: it had enough time, and did not succeed. */
  readonly outcome: 'SUCCEEDED' | 'UNFINISHED' | 'FAILED';
  readonly environments: number;
  readonly searchedEnvironments: number;
  /** Names of the environments that were not searched, or not yet. */
  readonly missingEnvironments: readonly string[];
  /** Number of images in use that the run found. */
  readonly uses: number;
  readonly findings: readonly ReportedFinding[];
  /** Number of findings that the run counted without keeping them. */
  readonly moreFindings: number;
  /** Keys of objects that cannot be read. */
  readonly damagedObjects: readonly string[];
}

export type ReportedFinding = Pick<Finding, 'kind' | 'message' | 'repositoryName' | 'imageDigest' | 'environment'>;

const AT_ONCE = 16;

/** After this time in milliseconds, a run without success has failed. A longer run is shown as failed until it succeeds. */
const LONGEST_RUN = 2 * 3_600_000;

/** Difference in milliseconds between the clocks of S3 and of a function. */
const CLOCK_TOLERANCE = 300_000;

export interface Success {
  /** Its end, in milliseconds. */
  readonly at: number;
  readonly run?: string;
}

/** Returns undefined without a success. Until the first one, the object has the time of the first run. */
export async function readLastSuccess(bucket: StateBucket): Promise<Success | undefined> {
  const success = await bucket.readJson(LAST_SUCCESS_KEY);
  if (!isJsonObject(success) || success.isFirstRun === true) return undefined;
  const at = Date.parse(String(success.at));
  return Number.isNaN(at) ? undefined : { at, ...typeof success.run === 'string' ? { run: success.run } : {} };
}

/** Returns undefined if there is no run. */
export async function readLatestRun(bucket: StateBucket, success?: Success, now = Date.now()): Promise<LatestRun | undefined> {
  const latest = await findLatestRun(bucket);
  if (!latest) return undefined;
  const { run, startedAt } = latest;
  const isSuccess = success?.run === run || (success?.at ?? -Infinity) >= startedAt - CLOCK_TOLERANCE;
  const outcome = isSuccess ? 'SUCCEEDED' : now - startedAt < LONGEST_RUN ? 'UNFINISHED' : 'FAILED';
  const damagedObjects = new Array<string>();
  const searches = await readSearches(bucket, run, damagedObjects);
  const failures = await readObjects(bucket, failuresPrefix(run), parseFailure, damagedObjects);
  const results = await readObjects(bucket, resultsPrefix(run), parseResult, damagedObjects);
  const { missing } = searches;
  /** Whether the run has recorded the failure itself. */
  const isRecorded = (kind: FindingKind, environment: string) =>
    failures.some(failure => failure.kind === kind && failure.environment === environment);
  return {
    run,
    startedAt,
    outcome,
    environments: searches.environments,
    searchedEnvironments: searches.environments - missing.length,
    missingEnvironments: missing,
    uses: searches.uses,
    findings: [
      ...failures,
      // Until the end of the run, they may not have been searched yet.
      ...outcome === 'UNFINISHED' ? [] : missing.filter(environment => !isRecorded('environment-unreadable', environment))
        .map(environment => ({ kind: 'environment-unreadable', message: 'the environment was not searched', environment }) as const),
      ...searches.findings.filter(({ kind, environment = '' }) => !isRecorded(kind, environment)),
      ...results.flatMap(({ findings }) => findings),
    ],
    moreFindings: results.reduce((sum, { moreFindings }) => sum + moreFindings, 0),
    damagedObjects,
  };
}

/** The names of runs do not have an order. The list of environments is the first object of a run. */
async function findLatestRun(bucket: StateBucket): Promise<Pick<LatestRun, 'run' | 'startedAt'> | undefined> {
  let latest: Pick<LatestRun, 'run' | 'startedAt'> | undefined;
  await runConcurrently(await bucket.runs(), AT_ONCE, async run => {
    const startedAt = await bucket.writtenAt(environmentsKey(run));
    if (startedAt !== undefined && startedAt > (latest?.startedAt ?? -Infinity)) latest = { run, startedAt };
  });
  return latest;
}

interface Searches {
  readonly environments: number;
  readonly missing: readonly string[];
  readonly uses: number;
  readonly findings: readonly ReportedFinding[];
}

async function readSearches(bucket: StateBucket, run: string, damagedObjects: string[]): Promise<Searches> {
  const names = parseEnvironments(await bucket.read(environmentsKey(run)) ?? '')?.map(environmentName);
  if (!names) {
    damagedObjects.push(environmentsKey(run));
    return { environments: 0, missing: [], uses: 0, findings: [] };
  }
  const missing = new Set<string>();
  const findings = new Map<string, ReportedFinding[]>();
  let uses = 0;
  await runConcurrently(names, AT_ONCE, async environment => {
    const key = environmentKey(run, environment);
    const text = await bucket.read(key);
    if (text === undefined) {
      missing.add(environment);
      return;
    }
    const search = parseSearch(text);
    if (!search) {
      damagedObjects.push(key);
      return;
    }
    uses += search.uses;
    findings.set(environment, Object.entries(search.failedSources).map(([source, reason]) =>
      ({ kind: 'source-unreadable', message: `${source}: ${String(reason)}`, environment })));
  });
  return {
    environments: names.length,
    missing: names.filter(name => missing.has(name)),
    uses,
    findings: names.flatMap(name => findings.get(name) ?? []),
  };
}

function parseSearch(text: string): { uses: number; failedSources: Readonly<Record<string, unknown>> } | undefined {
  const search = parseObject(text);
  const { uses = 0, failedSources = {} } = search ?? {};
  return search && typeof uses === 'number' && isJsonObject(failedSources) ? { uses, failedSources } : undefined;
}

async function readObjects<T>(
  bucket: StateBucket, prefix: string, parse: (text: string) => T | undefined, damagedObjects: string[],
): Promise<T[]> {
  const keys = await bucket.keys(prefix);
  const values = new Map<string, T>();
  await runConcurrently(keys, AT_ONCE, async key => {
    const value = parse(await bucket.read(key) ?? '');
    if (value === undefined) damagedObjects.push(key);
    else values.set(key, value);
  });
  return keys.flatMap(key => values.get(key) ?? []);
}

type Results = Pick<PartitionResult, 'findings' | 'moreFindings'>;

function parseResult(text: string): Results | undefined {
  const { findings, moreFindings } = parseObject(text) ?? {};
  if (!Array.isArray(findings) || !findings.every(isFinding)) return undefined;
  return { findings, moreFindings: typeof moreFindings === 'number' ? moreFindings : 0 };
}

function parseFailure(text: string): Finding | undefined {
  const finding = parseObject(text);
  return isFinding(finding) ? finding : undefined;
}

/** Later versions may have more kinds. */
function isFinding(finding: unknown): finding is Finding & { kind: FindingKind } {
  return isJsonObject(finding) && typeof finding.kind === 'string' && typeof finding.message === 'string'
    && [finding.repositoryName, finding.imageDigest, finding.environment].every(each => each === undefined || typeof each === 'string');
}

function parseObject(text: string) {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}
