import { RunOptions } from './command-line';
import { accountForEachTest } from './teardown-account';
import { Call } from '../local-ecr/local-service';

const account = accountForEachTest();

/** Sends the signal during a call. The response to that call and all later responses wait until the signal has arrived. */
function interruptedAt(concerns: (call: Call) => boolean, signal: NodeJS.Signals = 'SIGINT'): RunOptions {
  let send: (name: NodeJS.Signals) => void;
  let arrival: Promise<void> | undefined;
  account().ecr.onCall = async call => {
    if (!arrival && concerns(call)) {
      send(signal);
      arrival = new Promise(resolve => setTimeout(resolve, 300));
    }
    await arrival;
  };
  return { onStart: to => { send = to; } };
}

/** Returns a predicate for the nth call of an operation. */
function nth(number: number, operation: string): (call: Call) => boolean {
  let calls = 0;
  return call => call.operation === operation && ++calls === number;
}

test.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('%s during the removal of 3,000 images finishes the calls in progress,'
  + ' and the next run removes the other images', async (signal, code) => {
  account().ecr.seed({ repositoryName: 'app', images: 3000, kind: 'flat' });
  account().ecr.seed({ repositoryName: 'worker', images: 10, kind: 'flat' });
  const args = ['app', 'worker', '--empty', '--audit', 'removed.jsonl', '--yes'];
  const { status, rows, stderr } = await account().rows(args, interruptedAt(nth(9, 'BatchDeleteImage'), signal));
  const left = account().ecr.images('app');
  expect(left).toBeGreaterThan(1500);
  expect(left).toBeLessThan(2300);
  const removed = 3000 - left;
  expect([status, rows.map(({ outcome, images }) => [outcome, images])]).toEqual([code, [['INTERRUPTED', removed], ['WOULD', 10]]]);
  expect(rows[0].error).toBe(`interrupted. ${removed} images were removed`);
  expect(stderr).not.toMatch(/fail/);
  expect(stderr).toContain('note: stopping after the calls in progress. Press Ctrl-C again to stop immediately\n');
  expect(stderr).toMatch(
    new RegExp(`note: interrupted: ${removed} images removed, 0 repositories emptied, 1 not started. To continue, run the same command`
      + ' again\n$'),
  );
  expect(account().ecr.images('worker')).toBe(10);

  const again = await account().rows(args);
  expect([again.status, again.rows.map(({ outcome, images }) => [outcome, images])]).toEqual([0, [['DONE', left], ['DONE', 10]]]);
  expect(account().ecr.images('app')).toBe(0);
});

test('a signal during a deletion lets it finish and prevents the next deletion', async () => {
  for (const repositoryName of ['app', 'worker']) account().ecr.seed({ repositoryName, images: 2, kind: 'flat' });
  const { status, rows } = await account().rows(['app', 'worker', '--yes'], interruptedAt(nth(1, 'DeleteRepository')));
  expect([status, rows.map(({ outcome }) => outcome)]).toEqual([130, ['DONE', 'WOULD']]);
  expect([account().ecr.images('app'), account().ecr.images('worker')]).toEqual([0, 2]);
});

test('a signal during the last deletion does not interrupt the run', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
  const { status, rows } = await account().rows(['app', '--yes'], interruptedAt(nth(1, 'DeleteRepository')));
  expect([status, rows.map(({ outcome }) => outcome)]).toEqual([0, ['DONE']]);
});

test('a signal before the first change is reported as such', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2500, kind: 'flat' });
  const { status, stdout, stderr } = await account().teardown(['app', '--yes'], interruptedAt(nth(2, 'DescribeImages')));
  expect([status, stdout]).toEqual([130, '']);
  expect(stderr).toMatch(/note: interrupted before any change\n$/);
  expect(account().writes).toEqual([]);
});

test('a signal stops the retries of a failing call', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
  account().ecr.faults.add({ kind: 'serverError', operation: 'DescribeImages', times: Infinity });
  const { status } = await account().teardown(['app', '--yes'], interruptedAt(nth(2, 'DescribeImages')));
  expect(status).toBe(130);
  expect(account().ecr.calls.filter(({ operation }) => operation === 'DescribeImages')).toHaveLength(2);
});
