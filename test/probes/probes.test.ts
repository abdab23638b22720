import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMULATOR } from './deleted-stacks';
import { PAGE, TESTED, withAwsRow, withProbes } from './document';
import { FakeWorld } from './fake-world';
import { readObservations } from './observations';
import type { Probe } from './probe';
import { AssumptionId, PROBES } from './probes';

const PROJECT = join(__dirname, '..', '..');
const source = (file: string) => readFileSync(join(PROJECT, file), 'utf8');

/** Asks the fakes in readings that are assumed or not. */
async function ask(probe: Probe, others: readonly string[]): Promise<string> {
  const world = await FakeWorld.start();
  try {
    for (const id of others) world.fakes.readings.set(id as AssumptionId, 'other');
    return await probe.ask(world);
  } finally {
    await world.clean();
  }
}

/** `npm run probe` asks the emulator, in both readings. */
const IN_PROCESS = PROBES.filter(({ fake }) => fake !== EMULATOR);

describe.each(IN_PROCESS.map(probe => [probe.id, probe] as const))('the probe %s', (id, probe) => {
  test('sees the fakes behave as assumed', async () => {
    expect(await ask(probe, [])).toBe(probe.assumed);
  });

  test('sees the other reading, and no other assumption of the same fake changes its answer', async () => {
    expect(await ask(probe, [id])).toBe(probe.other);
    const others = PROBES.filter(other => other.fake === probe.fake && other.id !== id).map(other => other.id);
    expect(await ask(probe, others)).toBe(probe.assumed);
  });
});

describe.each(PROBES.map(probe => [probe.id, probe] as const))('the probe %s', (id, probe) => {
  test('names files that exist, and a fake with its switch', () => {
    expect(source(join('test', probe.fake))).toContain(`'${id}'`);
    for (const file of probe.rests) expect([file, existsSync(join(PROJECT, file))]).toEqual([file, true]);
    expect(source(probe.otherwise)).toContain(probe.otherwise.startsWith('docs/') ? `<!-- probe: ${id} -->` : `'${id}'`);
  });
});

test('each assumption has one probe', () => {
  const ids = PROBES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter(id => !/^[a-z]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
});

test('docs/internals/assumptions.md has the table of the probes. To write it: npm run probe -- --document', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(withProbes(page, PROBES, readObservations())).toBe(page);
});

test('docs/internals/testing.md says how many probes were asked on AWS. To write it: npm run probe -- --document', () => {
  const page = readFileSync(TESTED, 'utf8');
  expect(withAwsRow(page, PROBES, readObservations())).toBe(page);
  const asked = [{ id: 'a', answer: 'yes', on: '2027-01-02' }, { id: 'b', answer: 'no', on: '2027-01-01' }];
  expect(withAwsRow(page, PROBES, asked)).toMatch(/^\| \*\*AWS itself\*\* \| 2 of \d+ \[probes\]\(assumptions\.md\), the last on 2027-01-02 \|$/m);
});

describe('the READMEs of the fakes', () => {
  const ids = PROBES.map(({ id }) => id);

  test.each([...new Set(PROBES.map(({ fake }) => fake.split('/')[0]))])('%s has the name of each probe in a row that is assumed', fake => {
    const page = source(join('test', fake, fake === 'e2e' ? 'emulator.md' : 'README.md'));
    const rows = page.split('\n').filter(line => line.includes('| assumed |'));
    const named = rows.flatMap(row => [...row.matchAll(/`([a-z0-9-]+)`/g)].map(([, id]) => id)).filter(id => ids.includes(id));
    expect(named.sort()).toEqual(PROBES.filter(probe => probe.fake.startsWith(`${fake}/`)).map(({ id }) => id).sort());
  });

  test('have a probe for each row that is assumed', () => {
    const fakes = readdirSync(join(PROJECT, 'test')).filter(name => name.startsWith('local-'));
    const rows = fakes.flatMap(fake => source(join('test', fake, 'README.md')).split('\n').filter(line => line.includes('| assumed |')));
    expect(rows.filter(row => !ids.some(id => row.includes(`\`${id}\``)))).toEqual([]);
  });
});
