import assert from 'node:assert/strict';
import type { ReportData } from '../../../cli/lifecycle-report/report-data';
import { simulateLifecycle } from '../../../src/core/lifecycle/simulate';
import type { OpenedReport } from '../opened-report';
import type { Outcomes } from '../outcomes';

/** Checks search, filters, sorting, tooltip, and details. */
export async function checkLooking(outcomes: Outcomes, report: OpenedReport, data: ReportData): Promise<void> {
  const { page } = report;
  const decisions = simulateLifecycle(data.rules, data.images, data.at);
  const name = `${data.images.length} images`;
  const matches = async (): Promise<number> => {
    await report.settle();
    return parseInt((await report.text('#matches')).replace(/,/g, ''), 10);
  };
  const isDismissed = async (): Promise<boolean> => page.$eval('#tooltip', tooltip => (tooltip as HTMLElement).hidden === true);
  const clear = async (): Promise<void> => { await page.evaluate(() => { document.getElementById('clear')!.click(); }); };

  await outcomes.check(`${name}: the search finds tags, digests, reasons, and several words together`, async () => {
    const image = data.images.find(({ tags }) => tags.length > 0)!;
    for (const [query, expected] of [
      [image.digest.slice(0, 20), 1],
      [image.tags[0].toUpperCase(), 1],
      ['untagged', data.images.filter(({ tags }) => tags.length === 0).length],
      ['main- beyond',
        data.images.filter(({ tags }, index) =>
          tags.some(tag => tag.startsWith('main-')) && decisions[index].reason.includes('beyond')).length],
      ['nowhere to be found', 0],
    ] as const) {
      await page.focus('#search');
      await page.$eval('#search', field => { (field as HTMLInputElement).select(); });
      await page.keyboard.type(query);
      assert.equal(await matches(), expected, query);
    }
    assert.deepEqual(await report.texts('.list .empty'), ['No image matches.']);
    await clear();
    assert.equal(await matches(), data.images.length);
  });
  await outcomes.check(`${name}: chips and rules filter the list and the timeline, and show that`, async () => {
    await page.click('#to-now');
    await page.click('#chip-expire');
    assert.equal(await matches(), decisions.filter(({ action, blockedBy }) => action === 'EXPIRE' && blockedBy.length === 0).length);
    assert.equal(await page.$eval('#chip-expire', chip => chip.ariaPressed), 'true');
    assert.deepEqual(new Set(await report.texts('.row .badge')), new Set(['Expire']));
    await page.click('#chip-keep');
    const both = await matches();
    await page.click('#chip-expire');
    assert.equal(await matches(), both - decisions.filter(({ action, blockedBy }) => action === 'EXPIRE' && blockedBy.length === 0).length);
    await clear();
    const high = await page.$eval('#timeline', host => host.clientHeight);
    await page.focus('#rule-rows tr:nth-child(2) button');
    await report.press('Enter');
    assert.equal(await matches(), decisions.filter(({ rule }) => rule?.rulePriority === data.rules[1].rulePriority).length);
    assert.equal(await page.$eval('#rule-rows tr:nth-child(2) button', button => button.ariaPressed), 'true');
    assert.ok(await page.$eval('#timeline', host => host.clientHeight) < high, 'the timeline still shows the other rules');
    await report.press('Enter');
    assert.equal(await matches(), data.images.length);
  });
  await outcomes.check(`${name}: the list can be sorted by push in both directions, and has only the visible elements`, async () => {
    const dates = async (): Promise<string[]> => {
      await report.settle();
      return (await report.texts('.row .pushed')).slice(0, 5);
    };
    const pushed = data.images.map(({ pushedAt }) => new Date(pushedAt).toISOString().slice(0, 10)).sort();
    await page.click('.sort.pushed');
    assert.deepEqual(await dates(), pushed.slice(-5).reverse());
    await page.click('.sort.pushed');
    assert.deepEqual(await dates(), pushed.slice(0, 5));
    assert.ok((await report.texts('.row')).length < 60);
    await page.click('.sort.change');
  });
  await outcomes.check(`${name}: tooltip by pointer and by key, dismissed with Escape;`
    + ' Enter shows the image in full, C copies', async () => {
    const timeline = (await page.$('#timeline'))!;
    await timeline.scrollIntoView();
    const box = (await timeline.boundingBox())!;
    await page.mouse.move(box.x + box.width - 30, box.y + 56);
    await report.settle();
    assert.match(await report.text('#tooltip'),
      /Tagrelease-.+Digestsha256:[0-9a-f]{64}Pushed\d{4}-\d\d-\d\d \d\d:\d\d UTCPulled.+Reasonrule 10: keeps it/);
    await page.mouse.move(2, 2);
    await page.focus('#slider');
    await report.settle();
    assert.ok(await isDismissed());
    await page.focus('#timeline');
    await report.press('Home');
    const first = await report.text('#tooltip');
    await report.press('ArrowDown');
    const second = await report.text('#tooltip');
    assert.notEqual(first, second);
    const image = data.images.find(({ digest }) => second.includes(digest))!;
    for (const part of [...image.tags, new Date(image.pushedAt).toISOString().slice(0, 10), decisions[data.images.indexOf(image)].reason]) {
      assert.ok(second.includes(part), part);
    }
    assert.ok((await page.$eval('[role=option][aria-selected=true]', option => option.textContent)).includes(image.digest),
      'not said to screen readers');
    await report.press('Escape');
    assert.ok(await isDismissed());
    await report.press('PageDown');
    await report.press('PageDown');
    assert.match(await report.text('#tooltip'), new RegExp(`Tag${data.rules[1].selection.tagPatternList![0].replace('*', '')}`));
    await report.press('Enter');
    const digest = /sha256:[0-9a-f]{64}/.exec(await report.text('#details'))![0];
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'details');
    await page.evaluate(() => { navigator.clipboard.writeText = text => Promise.resolve(void (document.title = text)); });
    await page.click('#copy-digest');
    assert.equal(await page.title(), digest);
    await page.click('#close-details');
    await report.press('Home');
    await report.press('c');
    assert.ok((await page.title()).includes(await report.text('.row.active .hash')));
  });
}
