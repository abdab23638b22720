import assert from 'node:assert/strict';
import type { RegistryReport } from '../../../cli/report/registry-report';
import type { RepositoryRecord } from '../../../cli/report/repository-record';
import type { OpenedReport } from '../opened-report';
import type { Outcomes } from '../outcomes';
import { expectedOf, SORT_KEYS } from '../registry-oracle';

const SHOWN = 10;

/** Checks sorting, search, and filters of the list of repositories. */
export async function checkRegistryList(outcomes: Outcomes, report: OpenedReport, data: RegistryReport): Promise<void> {
  const name = `${data.repositories.length} repositories`;
  const { page } = report;
  const expected = expectedOf(data);
  const names = async (): Promise<string[]> => {
    await report.settle();
    return (await report.texts('.row .name b')).slice(0, SHOWN);
  };
  const matches = async (): Promise<number> => {
    await report.settle();
    return parseInt((await report.text('#matches')).replace(/,/g, ''), 10);
  };
  const press = async (selector: string) => page.$eval(selector, button => { (button as HTMLElement).click(); });
  const search = async (query: string) => page.$eval('#search', (field, text) => {
    (field as HTMLInputElement).value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, query);

  await outcomes.check(`${name}: each column sorts in both directions, with unknown values last, and only visible rows exist`, async () => {
    for (const [column, key] of Object.entries(SORT_KEYS)) {
      await press(`.sort.${column}`);
      await report.settle();
      for (const turn of [1, 2]) {
        const isDescending = /descending/.test(await page.$eval(`.sort.${column}`, button => button.ariaLabel!));
        assert.equal(await page.$eval(`.sort.${column}`, button => button.ariaPressed), 'true');
        assert.deepEqual(await names(), sorted(data.repositories, key, isDescending).slice(0, SHOWN).map(record => record.name),
          `${column}, ${isDescending ? 'descending' : 'ascending'}`);
        if (turn === 1) await press(`.sort.${column}`);
        await report.settle();
      }
    }
    assert.ok((await report.texts('.row')).length < 60);
    assert.equal(await page.$eval('.row', row => row.ariaSetSize), String(data.repositories.length));
  });
  await outcomes.check(`${name}: the search finds names, Regions, and stacks, and several words together`, async () => {
    const record = data.repositories.find(({ owner }) => owner.kind === 'stack')!;
    for (const [query, count] of [
      [record.name.toUpperCase(), data.repositories.filter(other => other.name.includes(record.name)).length],
      ['public', data.repositories.filter(({ registry, name: own }) => registry === 'public' || own.includes('public')).length],
      [`${record.owner.stack!} ${record.registry}`, data.repositories.filter(({ registry, owner }) =>
        registry === record.registry && owner.stack === record.owner.stack).length],
      ['nowhere to be found', 0],
    ] as const) {
      await search(query);
      assert.equal(await matches(), count, query);
    }
    assert.deepEqual(await report.texts('.list .empty'), ['No repository matches.']);
    await press('#clear');
    assert.equal(await matches(), data.repositories.length);
  });
  await outcomes.check(`${name}: chips, the Region, and a month filter the list, also together`, async () => {
    const chips = await page.$$eval('.chip .count', all =>
      all.map(count => [count.parentElement!.id.slice('chip-'.length), count.textContent]));
    assert.deepEqual(Object.fromEntries(chips.map(([chip, count]) => [chip, Number(count!.replace(/,/g, ''))])), expected.chips);
    for (const chip of Object.keys(expected.chips)) {
      await press(`#chip-${chip}`);
      assert.equal(await matches(), expected.chips[chip], chip);
      await press(`#chip-${chip}`);
    }
    const [region] = data.registries.map(({ registry }) => registry);
    await page.select('#registry', region);
    const isHere = ({ registry }: RepositoryRecord) => registry === region;
    assert.equal(await matches(), data.repositories.filter(isHere).length);
    await press('#chip-no-policy');
    assert.equal(await matches(), data.repositories.filter(record => isHere(record) && record.policy?.kind === 'none').length);
    await press('#clear');
    await page.focus('#months');
    await report.press('End');
    await report.press('ArrowLeft');
    const month = (await report.text('#month-text')).slice(0, 7);
    await report.press('Enter');
    assert.equal(await matches(), data.repositories.filter(({ images }) => images?.months.some(entry => entry.month === month)).length);
    assert.equal(await report.text('#month-chip'), `Images from ${month}`);
    const ofMonth = ({ images }: RepositoryRecord) => images?.months.find(entry => entry.month === month)?.count ?? 0;
    const members = data.repositories.filter(record => ofMonth(record) > 0);
    const total = members.reduce((sum, record) => sum + ofMonth(record), 0);
    assert.match(await report.text('#matches'), new RegExp(`^${members.length.toLocaleString('en-US')} repositories have`
      + ` ${total.toLocaleString('en-US')} images of ${month} \\([\\d.]+ [MGT]B\\)$`));
    assert.equal(parseInt((await report.text('.row .images .value')).replace(/,/g, ''), 10), Math.max(...members.map(ofMonth)));
    assert.equal(await page.evaluate(() => location.hash), `#list?month=${month}&sort=-images`);
    await press('#month-chip');
    assert.equal(await matches(), data.repositories.length);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'search');
  });
}

function sorted(
  records: readonly RepositoryRecord[], key: (record: RepositoryRecord) => number | string | undefined, isDescending: boolean,
): RepositoryRecord[] {
  const known = records.filter(record => key(record) !== undefined);
  const byName = (one: RepositoryRecord, other: RepositoryRecord) => one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
  known.sort((one, other) => {
    const [left, right] = [key(one)!, key(other)!];
    const order = left < right ? -1 : left > right ? 1 : 0;
    return (isDescending ? -order : order) || byName(one, other);
  });
  return [...known, ...records.filter(record => key(record) === undefined).sort(byName)];
}
