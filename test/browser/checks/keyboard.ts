import assert from 'node:assert/strict';
import { assertNamed, visitByTab } from './conduct';
import type { OpenedReport } from '../opened-report';
import type { Outcomes } from '../outcomes';

const REACHED = [
  'Skip to the days ahead', 'Skip to the rules', 'Skip to the images', 'Show images', 'Show warnings',
  '#to-now', '#to-previous', '#to-next',
  '#slider', '#past', '#timeline',
  'Rule 10', 'Rule 20', 'Rule 30', 'Rule 40', 'Rule 50', 'Rule 60', '#search', '#chip-expire', '#chip-archive', '#chip-keep',
  '#chip-lately',
  'Outcome ', 'Tags ', 'Pushed ', 'Pulled ', 'Next change ↑', 'Rule ', '#list', 'Policy as JSON',
];

export async function checkKeyboard(outcomes: Outcomes, report: OpenedReport): Promise<void> {
  const { page } = report;
  await outcomes.check('Tab reaches every control in the order of the page, and the focus is visible', async () => {
    const visited = await visitByTab(report);
    assert.deepEqual(visited.filter(name => REACHED.includes(name)), REACHED, `visited ${visited.join(' | ')}`);
  });
  await outcomes.check('every control has a name', async () => {
    const tree = await assertNamed(report);
    assert.match(tree, /"role":"slider"[^{}]*"name":"Days ahead"/);
    assert.match(tree, /"role":"listbox"[^{}]*"name":"Timeline"/);
    assert.match(tree, /"role":"listbox"[^{}]*"name":"Images"/);
  });
  await outcomes.check('a mark that is selected with a key becomes visible, including its tooltip', async () => {
    await page.setViewport({ width: 1280, height: 640 });
    await page.focus('#timeline');
    for (const key of ['End', 'Home'] as const) {
      await report.press(key);
      const { top, bottom } = await page.$eval('#tooltip', tooltip => tooltip.getBoundingClientRect().toJSON() as DOMRect);
      assert.ok(top >= 0 && bottom <= 640, `${key}: ${top} to ${bottom}`);
    }
    await report.press('Escape');
  });
  await outcomes.check('skip links go to their targets, keys move through the list, and changes are announced', async () => {
    await page.evaluate(() => { (document.activeElement as HTMLElement).blur(); });
    await page.focus('.skips a[href="#images"]');
    await report.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'images');
    await page.focus('#list');
    await report.press('End');
    const posOf = async () => page.$eval('.row.active', row => [
      row.ariaPosInSet, row.ariaSetSize, row.id === document.getElementById('list')!.getAttribute('aria-activedescendant'),
    ]);
    const [, size] = await posOf();
    assert.deepEqual(await posOf(), [size, size, true]);
    await report.press('ArrowUp', 2);
    await report.press('PageUp');
    assert.ok(Number((await posOf())[0]) < Number(size) - 2);
    await report.press('Home');
    assert.deepEqual((await posOf())[0], '1');
    await report.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'details');
    assert.deepEqual(await page.$$eval('[aria-live=polite]', all => all.map(({ id }) => id)), ['summary', 'matches']);
    await page.focus('#to-next');
    await report.press('Enter');
    assert.ok(await report.day() > 0);
    assert.match(await page.$eval('#slider', slider => slider.ariaValueText!), /^\d+ days? ahead, \d{4}-\d\d-\d\d$/);
  });
}
