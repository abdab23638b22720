import assert from 'node:assert/strict';
import type { RegistryReport } from '../../../cli/report/registry-report';
import type { OpenedReport } from '../opened-report';
import type { Outcomes } from '../outcomes';
import { GENERAL_NOTE } from '../registries';
import { expectedOf } from '../registry-oracle';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Throws unless a text such as `1.23 GB` is the size to three digits. */
export function assertSize(text: string, bytes: number): void {
  const [number, unit] = text.split(' ');
  const shown = Number(number) * 1000 ** UNITS.indexOf(unit);
  assert.ok(Math.abs(shown - bytes) <= bytes * 0.006, `${text} is not ${bytes} bytes`);
}

/** Throws unless a text such as `34%` is a part of a number. */
function assertPart(text: string, part: number, whole: number): void {
  const percent = part / whole * 100;
  if (text.startsWith('<')) assert.ok(percent > 0 && percent < 1);
  else assert.ok(Math.abs(parseInt(text, 10) - percent) <= 0.5, `${text} is not ${percent}`);
}

/** Compares the numbers of the overview with those of the report. */
export async function checkRegistryFigures(outcomes: Outcomes, report: OpenedReport, data: RegistryReport): Promise<void> {
  const name = `${data.repositories.length} repositories`;
  const expected = expectedOf(data);
  const { page } = report;

  await outcomes.check(`${name}: the page opens without errors or network requests`, () => {
    assert.deepEqual(report.complaints, []);
    assert.deepEqual(report.requests, [report.url]);
  });
  await outcomes.check(`${name}: the totals are those of the report`, async () => {
    assert.equal(await report.text('h1'), `Account ${data.account}`);
    assert.equal(await report.number('#total-repositories dd'), data.repositories.length);
    assert.equal(await report.number('#total-images dd'), expected.images);
    assertSize(await report.text('#total-size dd'), expected.bytes);
    assertPart(await report.text('#total-untagged dd'), expected.untagged, expected.images);
    assert.equal(parseInt((await report.text('#total-untagged .size')).replace(/,/g, ''), 10), expected.untagged);
    assert.equal(parseInt((await report.text('#total-not-pulled .size')).replace(/,/g, ''), 10), expected.notPulled);
    const counts = async (id: string) => [...(await report.text(id)).matchAll(/(remove|archive) ([\d,]+) image/g)]
      .map(([, action, count]) => [action, Number(count.replace(/,/g, ''))]);
    assert.deepEqual(await counts('#effect-current'), [['remove', expected.removed], ['archive', expected.archived]]);
    assert.deepEqual(await counts('#effect-recommended'), [['remove', expected.recommended], ['archive', expected.recommendedToArchive]]);
    assert.doesNotMatch(await page.$eval('main', main => main.textContent), /\bsaves?\b/i);
    assert.match(await report.text('#sizes-note'), /a layer that images share is counted for each image/);
    const [problem, ...about] = data.notes;
    assert.deepEqual(await report.texts('#notes li'), about.filter(note => note !== GENERAL_NOTE), 'a concern says the first note');
    assert.ok((await report.text('#attention-list')).includes(problem.replace(/\.$/, '')));
    assert.deepEqual(await report.texts('#general-notes li'), [GENERAL_NOTE]);
  });
  await outcomes.check(`${name}: the chart and its table have the images of each month, and can show sizes`, async () => {
    const rows = await page.$$eval('#months-table tbody tr', all =>
      all.map(row => [...row.children].map(cell => cell.textContent)));
    const labels = await page.$$eval('.month', all => all.map(bar => bar.ariaLabel!));
    const shown = new Map(rows.map(cells => [cells[0]!, cells]));
    for (const [month, { images, bytes, withoutPolicy }] of expected.months) {
      const cells = shown.get(month)!;
      assert.equal(Number(cells[1]!.replace(/,/g, '')), images, month);
      assertSize(cells[2]!, bytes);
      const label = labels.find(text => text.startsWith(`${month}: ${images.toLocaleString('en-US')} image`))!;
      assert.ok(withoutPolicy === 0 || label.includes(`, of which ${withoutPolicy.toLocaleString('en-US')} (`), label);
    }
    const heights = async () => page.$$eval('.month', all => all.map(bar =>
      [...bar.children].reduce((sum, part) => sum + part.getBoundingClientRect().height, 0)));
    const months = await page.$$eval('.month', all => all.map(bar => bar.ariaLabel!.split(':')[0]));
    const assertProportional = async (valueOf: (month: string) => number) => {
      const all = await heights();
      const tallest = all.indexOf(Math.max(...all));
      all.forEach((height, place) => {
        const ideal = valueOf(months[place]) / valueOf(months[tallest]) * all[tallest];
        assert.ok(Math.abs(height - ideal) <= 3, `${months[place]} is ${height} px tall, not ${ideal}`);
      });
    };
    await assertProportional(month => expected.months.get(month)?.images ?? 0);
    await page.$eval('#by-size', button => { (button as HTMLElement).click(); });
    await assertProportional(month => expected.months.get(month)?.bytes ?? 0);
    assert.match(await report.text('#months-scale'), /[MGT]B/);
    await page.$eval('#by-count', button => { (button as HTMLElement).click(); });
  });
  await outcomes.check(`${name}: each entry of what needs attention has the number of the report, and shows its repositories`, async () => {
    const entries = await page.$$eval('#attention-list li', all => all.map(entry => entry.textContent));
    for (const [words, chip] of [
      ['will remove or archive', 'endangers'], ['could not be read completely', 'problems'], ['critical findings', 'severe'],
      ['no lifecycle policy', 'no-policy'], ['warnings, or cannot be simulated', 'warnings'], ['outside any stack', 'kept'],
    ]) {
      const place = entries.findIndex(text => text.includes(words));
      const count = expected.chips[chip] ?? 0;
      assert.equal(place >= 0, count > 0, words);
      if (count === 0) continue;
      assert.equal(parseInt(entries[place].replace(/,/g, ''), 10), count, words);
      await page.$$eval('#attention-list li', (all, which) => { all[which].querySelector('button')!.click(); }, place);
      await report.settle();
      assert.equal(parseInt((await report.text('#matches')).replace(/,/g, ''), 10), count, words);
      assert.equal(await page.$eval(`#chip-${chip}`, button => button.ariaPressed), 'true');
      if (chip === 'endangers') {
        const numbers = (await report.texts('.row .policy')).map(text => parseInt(text.slice('endangers '.length), 10));
        assert.deepEqual(numbers, [...numbers].sort((one, other) => other - one));
      }
    }
    const near = data.registries.flatMap(({ quotas }) => quotas).filter(({ used, limit }) => used / limit >= 0.8);
    assert.equal(entries.filter(text => text.includes('of the quota')).length, near.length);
    const problems = data.registries.flatMap(registry => registry.problems);
    assert.equal(problems.length, 1);
    assert.ok(entries.includes(`!${problems[0]}. Correct the cause, and create the report again.`));
    await page.$eval('#clear', button => { (button as HTMLElement).click(); });
    await report.settle();
  });
}
