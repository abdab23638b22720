import { setMaxListeners } from 'node:events';
import { ECRClient } from '@aws-sdk/client-ecr';
import { NO_AUDIT } from '../../lambda/shared/teardown/audit';
import { empty } from '../../lambda/shared/teardown/empty';
import { PrivateTarget } from '../../lambda/shared/teardown/private-target';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import { LocalEcr } from '../../test/local-ecr/local-ecr';
import { Column, fixed, grouped, table } from '../table';
import { REPOSITORY } from '../teardown/sides';

interface Row {
  readonly latencyMs: number;
  readonly perSecond?: number;
  readonly atOnce: number;
  readonly calls: number;
  readonly throttled: number;
  readonly seconds: number;
  readonly ratio: number;
}

const AT_ONCE = [1, 2, 4, 8, 16];

const CONDITIONS: ReadonlyArray<{ readonly latencyMs: number; readonly perSecond?: number }> = [
  { latencyMs: 0 }, { latencyMs: 20 }, { latencyMs: 100 }, { latencyMs: 20, perSecond: 20 },
];

/** Measures the effect of concurrent deletions, with latency and with a rate limit of ECR. */
export async function concurrency(quick: boolean, print: (text: string) => void): Promise<readonly Row[]> {
  const images = quick ? 2_000 : 10_000;
  const rows = new Array<Row>();
  for (const { latencyMs, perSecond } of quick ? CONDITIONS.slice(1, 2) : CONDITIONS) {
    let alone = 0;
    for (const atOnce of AT_ONCE) {
      const measured = await emptied(images, latencyMs, atOnce, perSecond);
      if (atOnce === 1) alone = measured.seconds;
      rows.push({ latencyMs, perSecond, atOnce, ...measured, ratio: measured.seconds / alone });
    }
  }
  print(`${grouped(images)} flat images, by the number of concurrent deletions of 100 images each:\n`);
  print(`${table(COLUMNS, rows)}\n`);
  return rows;
}

const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'Latency ms', value: row => row.latencyMs },
  { title: 'Admitted/s', value: row => row.perSecond ?? '-' },
  { title: 'At a time', value: row => row.atOnce },
  { title: 'ECR calls', value: row => grouped(row.calls) },
  { title: 'Throttled', value: row => row.throttled },
  { title: 'Seconds', value: row => fixed(row.seconds, 2) },
  { title: 'Of one at a time', value: row => `${fixed(row.ratio, 2)} x` },
];

async function emptied(
  images: number, latencyMs: number, atOnce: number, perSecond?: number,
): Promise<Pick<Row, 'calls' | 'throttled' | 'seconds'>> {
  const ecr = await LocalEcr.start({ latencyMs });
  try {
    ecr.seed({ repositoryName: REPOSITORY, images, kind: 'flat' });
    if (perSecond !== undefined) ecr.limitRate({ operation: 'BatchDeleteImage', perSecond, burst: 1 });
    const client = new ECRClient({
      endpoint: ecr.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'BENCH', secretAccessKey: 'local' },
      retryMode: 'adaptive',
      maxAttempts: 10,
    });
    const clock = { now: () => Date.now(), sleep: async () => undefined };
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const task = { ecr: client, clock, signal, patience: 0, deadline: 0, log: () => undefined, progress: () => undefined };
    const start = performance.now();
    await empty(
      task, new PrivateTarget(task, `arn:aws:ecr:us-east-1:000000000000:repository/${REPOSITORY}`), NO_EXCEPTIONS, NO_AUDIT, atOnce,
    );
    const seconds = (performance.now() - start) / 1000;
    client.destroy();
    return { seconds, calls: ecr.calls.length, throttled: ecr.calls.filter(call => call.outcome === 'ThrottlingException').length };
  } finally {
    await ecr.stop();
  }
}
