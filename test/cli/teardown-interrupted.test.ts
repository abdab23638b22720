import { RunOptions } from './command-line';
import { accountForEachTest } from './teardown-account';
import { Call } from '../local-ecr/local-service';

const account = accountForEachTest();

/** Sends the signal while the call is being answered; its answer, and all after it, wait until the signal has arrived. */
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

/** The nth call of an operation. */
function nth(number: number, operation: string): (call: Call) => boolean {
  let calls = 0;
  return call => call.operation === operation && ++calls === number;
}

test.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('%s in the middle of 3,000 images: calls under way count, no other is begun,'
  + ' and the next run goes on', async (signal, code) => {
  account().ecr.seed({ repositoryName: 'app', images: 3000, kind: 'flat' });
  account().ecr.seed({ repositoryName: 'worker', images: 10, kind: 'flat' });
  const args = ['app', 'worker', '--empty', '--audit', 'removed.jsonl', '--yes'];
  const { status, rows, stderr } = await account().rows(args, interruptedAt(nth(9, 'BatchDeleteImage'), signal));
  const left = account().ecr.images('app');
  expect(left).toBeGreaterThan(1500);
  expect(left).toBeLessThan(2300);
  const gone = 3000 - left;
  expect([status, rows.map(({ outcome, images }) => [outcome, images])]).toEqual([code, [['INTERRUPTED', gone], ['WOULD', 10]]]);
  expect(rows[0].error).toBe(`interrupted; ${gone} images are gone`);
  expect(stderr).not.toMatch(/fail/);
  expect(stderr).toContain('note: stopping once the calls under way are answered; again, and it ends at once\n');
  expect(stderr).toMatch(
    new RegExp(`note: interrupted: ${gone} images gone, 0 repositories emptied, 1 not begun; the same command goes on from there\n$`),
  );
  expect(account().ecr.images('worker')).toBe(10);

  const again = await account().rows(args);
  expect([again.status, again.rows.map(({ outcome, images }) => [outcome, images])]).toEqual([0, [['DONE', left], ['DONE', 10]]]);
  expect(account().ecr.images('app')).toBe(0);
});

test('the deletion of a repository is seen through, the next is not begun', async () => {
  for (const repositoryName of ['app', 'worker']) account().ecr.seed({ repositoryName, images: 2, kind: 'flat' });
  const { status, rows } = await account().rows(['app', 'worker', '--yes'], interruptedAt(nth(1, 'DeleteRepository')));
  expect([status, rows.map(({ outcome }) => outcome)]).toEqual([130, ['DONE', 'WOULD']]);
  expect([account().ecr.images('app'), account().ecr.images('worker')]).toEqual([0, 2]);
});

test('too late is no interruption', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
  const { status, rows } = await account().rows(['app', '--yes'], interruptedAt(nth(1, 'DeleteRepository')));
  expect([status, rows.map(({ outcome }) => outcome)]).toEqual([0, ['DONE']]);
});

test('before anything was changed it says so', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2500, kind: 'flat' });
  const { status, stdout, stderr } = await account().teardown(['app', '--yes'], interruptedAt(nth(2, 'DescribeImages')));
  expect([status, stdout]).toEqual([130, '']);
  expect(stderr).toMatch(/note: interrupted; nothing was changed\n$/);
  expect(account().writes).toEqual([]);
});

test('attempts at a call that is refused for the moment end too', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
  account().ecr.faults.add({ kind: 'serverError', operation: 'DescribeImages', times: Infinity });
  const { status } = await account().teardown(['app', '--yes'], interruptedAt(nth(2, 'DescribeImages')));
  expect(status).toBe(130);
  expect(account().ecr.calls.filter(({ operation }) => operation === 'DescribeImages')).toHaveLength(2);
});
