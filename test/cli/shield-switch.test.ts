import { BUCKET, REGION, REGISTRY, shieldAccountForEachTest } from './shield-account';
import { LAST_SUCCESS_KEY, STOP_KEY } from '../../src/core/shield/keys';

const account = shieldAccountForEachTest();
const ARN = 'arn:aws:sts::000000000000:assumed-role/ops/ann';

beforeEach(() => account().sts.principal('test', { arn: ARN }));

const stop = (...args: string[]) => account().shield(['stop', '--bucket', BUCKET, ...args]);
const start = (...args: string[]) => account().shield(['start', '--bucket', BUCKET, ...args]);
const switchOf = () => JSON.parse(account().objects.get(STOP_KEY) ?? 'null') as Record<string, string> | null;

describe('shield stop', () => {
  test('writes when, by whom, and why the shield is stopped, and says what that means', async () => {
    await account().writeSuccess(1);
    const begin = Date.now();
    expect(await stop('--reason', 'audit of the "registry"')).toEqual({
      status: 0,
      stderr: '',
      stdout: `The shield is stopped. Until you start it:
  - No run starts, and events are ignored. A run in progress stops within 15 minutes.
  - The images that have a keep tag keep it.
  - Images that start to run get no keep tag, and lifecycle policies can delete them.
To start it: npx cdk-ecr-keeper shield start --bucket ${BUCKET}
`,
    });
    expect(switchOf()).toEqual({ at: expect.any(String), by: ARN, reason: 'audit of the "registry"' });
    expect(Date.parse(switchOf()!.at)).toBeGreaterThanOrEqual(begin);
    expect(account().writes).toEqual(['PutObject']);
  });

  test('changes nothing if the shield is stopped', async () => {
    await account().write(STOP_KEY, { at: '2026-06-01T00:00:00.000Z', by: 'arn:aws:iam::1:user/bob', reason: 'first' });
    const { status, stdout } = await stop('--reason', 'second');
    expect([status, stdout]).toEqual([0, 'The shield was already stopped since 2026-06-01T00:00:00.000Z by arn:aws:iam::1:user/bob (first).'
      + ' Nothing was changed.\n']);
    expect(switchOf()).toMatchObject({ reason: 'first' });
  });

  test('changes nothing if the switch is an object without details', async () => {
    await account().write(STOP_KEY, '[]');
    expect((await stop()).stdout).toBe('The shield was already stopped. Object \'control/stop.json\' does not say since when, by whom,'
      + ' and why. Nothing was changed.\n');
  });

  test('stops a shield that never ran, whose bucket is empty', async () => {
    expect((await stop()).status).toBe(0);
    expect(switchOf()).toEqual({ at: expect.any(String), by: ARN });
  });

  test('stops without the name of the caller if AWS STS fails', async () => {
    account().sts.faults.add({ kind: 'accessDenied' });
    expect((await stop()).status).toBe(0);
    expect(switchOf()).toEqual({ at: expect.any(String) });
  });

  test.each(['stop', 'start'])('refuses the bucket of something else (%s)', async command => {
    await account().write('index.html', '<html>');
    const { status, stderr } = await account().shield([command, '--bucket', BUCKET]);
    expect([status, stderr]).toEqual([1, `error: bucket '${BUCKET}' is not the bucket of an image shield: it has objects, but none below`
      + ' \'state/\' or \'runs/\'. Nothing was changed. Specify the bucket of the shield with --bucket\n']);
    expect(account().writes).toEqual([]);
  });

  test('says which IAM action is denied', async () => {
    account().s3.faults.add({ kind: 'accessDenied', operation: 'PutObject' });
    const { status, stderr } = await stop();
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error: access denied to s3:PutObject on bucket '${BUCKET}': `));
  });
});

describe('shield start', () => {
  test('deletes the switch, and says since when the shield was stopped', async () => {
    await account().write(LAST_SUCCESS_KEY, {});
    await stop('--reason', 'audit');
    const { at } = switchOf()!;
    const { status, stdout } = await start();
    expect([status, stdout]).toEqual([0, `The shield is started.
It was stopped since ${at} by ${ARN} (audit).
Events protect images again. Images that started in the meantime get their keep tags in the next run. To protect them now, start an`
      + ' execution of the state machine of the shield.\n']);
    expect([switchOf(), [...account().objects.keys()]]).toEqual([null, [LAST_SUCCESS_KEY]]);
  });

  test('deletes a switch without details', async () => {
    await account().write(STOP_KEY, '{');
    expect((await start()).stdout).toContain('It was stopped. Object \'control/stop.json\' does not say since when, by whom, and why.\n');
    expect(account().objects.has(STOP_KEY)).toBe(false);
  });

  test('changes nothing if the shield is not stopped', async () => {
    await account().writeSuccess(1);
    expect(await start()).toEqual({ status: 0, stdout: 'The shield was not stopped. Nothing was changed.\n', stderr: '' });
    expect(account().writes).toEqual([]);
  });

  test('fails and keeps the switch if the deletion is denied', async () => {
    await stop();
    account().s3.faults.add({ kind: 'accessDenied', operation: 'DeleteObject' });
    const { status, stdout, stderr } = await start();
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: access denied to s3:DeleteObject on bucket /);
    expect(account().objects.has(STOP_KEY)).toBe(true);
  });
});

test('stop and start need the documented permissions and no others', async () => {
  await account().writeSuccess(1);
  account().s3.principal('test', {
    arn: ARN,
    policy: [
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${BUCKET}` },
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], Resource: `arn:aws:s3:::${BUCKET}/${STOP_KEY}` },
    ],
  });
  for (const command of [stop, stop, start, start]) expect((await command()).status).toBe(0);
  expect(new Set(account().s3.granted('test').map(({ action }) => action)))
    .toEqual(new Set(['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject']));
});

test('a stop is what the next status shows', async () => {
  await account().writeState({ 'team/app': {} }, `${REGISTRY}/${REGION}`);
  await stop('--reason', 'audit');
  expect((await account().report()).stopped).toEqual({ at: switchOf()!.at, by: ARN, reason: 'audit' });
});
