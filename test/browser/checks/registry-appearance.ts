import assert from 'node:assert/strict';
import type { Browser } from 'puppeteer-core';
import { assertFits, assertNamed, assertStill, visitByTab } from './conduct';
import { addressOf } from '../../../cli/report/page/address';
import type { RegistryReport } from '../../../cli/report/registry-report';
import { lowContrast } from '../contrast';
import { OpenedReport, Options } from '../opened-report';
import type { Outcomes } from '../outcomes';

const REACHED = [
  'Skip to what needs attention', 'Skip to the repositories', 'Show', '#by-count', '#by-size', '#months', 'As a table', '#search',
  '#registry', '#chip-no-policy', '#chip-in-use', 'Repository ', 'Size ↓', 'Stack ', '#list',
];
const REACHED_IN_REPOSITORY = [
  '#show-current', '#show-recommended', '#slider', '#to-next', '#timeline', '#policy-text', '#copy-code', '#copy-json', '#typescript',
  '#copy-command',
];

export async function checkRegistryAppearance(
  outcomes: Outcomes, browser: Browser, folder: string, html: string, data: RegistryReport,
): Promise<void> {
  const opened = (options: Options, run: (report: OpenedReport) => Promise<void>) =>
    OpenedReport.visit(browser, folder, html, options, run);
  const repository = data.repositories.find(({ policy, recommendation, images }) => policy?.kind === 'policy' && policy.endangered > 0
    && recommendation?.kind === 'policy' && images && images.sample.length < images.all.count)!;
  const open = async (report: OpenedReport) => {
    await report.page.evaluate(hash => { location.hash = hash; }, addressOf(repository));
    await report.settle();
    await report.page.evaluate(() => { for (const details of document.querySelectorAll('details')) details.open = true; });
    await report.settle();
  };

  for (const value of ['light', 'dark']) {
    await outcomes.check(`${value}: every text of the overview and of a repository has a contrast of 4.5:1`, async () => opened(
      { media: [{ name: 'prefers-color-scheme', value }] },
      async report => {
        await report.page.evaluate(() => {
          document.querySelector<HTMLDetailsElement>('#months-details')!.open = true;
          document.getElementById('chip-warnings')!.click();
        });
        await report.page.focus('#list');
        await report.press('ArrowDown');
        const overview = await lowContrast(report.page);
        assert.deepEqual(overview.low, []);
        assert.ok(overview.seen > 200, `only ${overview.seen} texts were checked`);
        await open(report);
        await report.page.focus('#timeline');
        await report.press('Home');
        const { low, seen } = await lowContrast(report.page);
        assert.deepEqual(low, []);
        assert.ok(seen > 80, `only ${seen} texts were checked`);
      },
    ));
  }
  for (const width of [360, 390, 768, 820, 1424, 1425, 1440]) {
    await outcomes.check(`at ${width} px, nothing scrolls sideways, and no cell of a row overlaps another`,
      async () => opened({ width, height: 800 }, async report => {
        await report.page.$eval('#months-details', details => { (details as HTMLDetailsElement).open = true; });
        await report.settle();
        await assertFits(report);
        assert.deepEqual(await overlaps(report), []);
        for (const name of await report.page.$$eval('#sort option', all => all.map(option => (option as HTMLOptionElement).value))) {
          await report.page.select('#sort', name);
          await report.settle();
          assert.deepEqual(await cutTexts(report), [], `sorted by ${name}`);
        }
        await open(report);
        await assertFits(report);
        assert.ok(await report.page.$eval('#ahead-title', title => title.getBoundingClientRect().width > 20
          && getComputedStyle(title).clipPath === 'none'), 'the slider has no visible name');
      }));
  }
  await outcomes.check('a wide page has titles over its columns, and a narrow one names each cell and offers the order', async () => opened(
    { width: 1440 },
    async report => {
      const lefts = async (selector: string) => report.page.$$eval(selector, all => all.map(found => {
        const { left, right } = found.getBoundingClientRect();
        return Math.round(found.classList.contains('figure') ? right : left);
      }));
      const [titles, cells] = [await lefts('.sort'), await lefts('.row:first-child .cell')];
      titles.forEach((left, place) => assert.ok(Math.abs(left - cells[place]) <= 1, `column ${place}: ${left} and ${cells[place]}`));
      await report.page.setViewport({ width: 390, height: 800 });
      await report.settle();
      assert.equal(await report.page.$eval('#sorting', sorting => sorting.checkVisibility()), false);
      await report.page.select('#sort', 'name');
      await report.settle();
      const [first] = await report.texts('.row .name b');
      assert.equal(first, data.repositories.map(({ name }) => name).sort()[0]);
      await report.page.click('#direction');
      await report.settle();
      assert.equal((await report.texts('.row .name b'))[0], data.repositories.map(({ name }) => name).sort().pop());
      assert.equal(await report.page.$eval('.cell.size', cell => getComputedStyle(cell, '::before').content), '"Size"');
    },
  ));
  await outcomes.check('with prefers-reduced-motion, nothing moves', async () => opened(
    { media: [{ name: 'prefers-reduced-motion', value: 'reduce' }] }, assertStill,
  ));
  await outcomes.check('a print from a dark screen is light, has 300 repositories or one with its policy', async () => opened(
    { media: [{ name: 'prefers-color-scheme', value: 'dark' }] },
    async report => {
      await report.page.emulateMediaType('print');
      await report.settle();
      assert.equal((await report.texts('.row')).length, Math.min(300, data.repositories.length));
      assert.match(await report.text('.list'), new RegExp(`${data.repositories.length - 300} more repositories are not printed`));
      assert.deepEqual((await lowContrast(report.page)).low, []);
      assert.equal(await report.page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
      await report.page.emulateMediaType('screen');
      await report.settle();
      assert.ok((await report.texts('.row')).length < 60);
      await open(report);
      await report.page.emulateMediaType('print');
      await report.settle();
      assert.ok(await report.page.$eval('#policy-text', text => text.checkVisibility()));
      assert.deepEqual((await lowContrast(report.page)).low, []);
      assert.ok((await report.page.pdf({ format: 'a4' })).length > 20_000);
    },
  ));
  await outcomes.check('Tab reaches every control with a visible focus, and each has a name, also in a repository', async () => opened(
    { width: 1440, media: [{ name: 'prefers-reduced-motion', value: 'reduce' }] }, async report => {
      const visited = await visitByTab(report);
      assert.deepEqual(REACHED.filter(name => !visited.includes(name)), [], `visited ${visited.join(' | ')}`);
      const tree = await assertNamed(report);
      assert.match(tree, /"role":"listbox"[^{}]*"name":"Images by month of push"/);
      assert.match(tree, /"role":"listbox"[^{}]*"name":"Repositories"/);
      assert.match(await report.page.$eval('.row', row => row.ariaLabel!), /^[^;]+; Images [\d,]+; Size [^;]+; Untagged [^;]+; Last push /);
      assert.deepEqual(await report.page.$$eval('[aria-live=polite]', all => all.map(({ id }) => id)), ['matches']);
      await report.page.focus('.skips a[href="#repositories"]');
      await report.press('Enter');
      assert.equal(await report.page.evaluate(() => document.activeElement?.id), 'repositories');
      await report.page.focus('#list');
      await report.press('End');
      assert.equal(await report.page.$eval('.row.active', row => row.ariaPosInSet), String(data.repositories.length));
      await open(report);
      await report.page.focus('#opened-name');
      await report.page.keyboard.down('Shift');
      await report.press('Tab');
      await report.page.keyboard.up('Shift');
      assert.equal(await report.page.evaluate(() => document.activeElement?.id), 'close');
      const inRepository = await visitByTab(report);
      assert.deepEqual(REACHED_IN_REPOSITORY.filter(name => !inRepository.includes(name)), [], `visited ${inRepository.join(' | ')}`);
      await assertNamed(report);
    },
  ));
}

/** Returns the figures and titles of which a part is not visible. Names and stacks may be of any length. */
async function cutTexts({ page }: OpenedReport): Promise<string[]> {
  return page.$$eval('.row > .cell:not(.name, .owner), .cell:not(.name, .owner) > .value, .sort', all => all
    .filter(cell => cell.scrollWidth > cell.clientWidth && cell.clientWidth > 0).map(cell => cell.textContent));
}

/** Returns the cells of the visible rows that overlap another cell or leave their row. */
async function overlaps({ page }: OpenedReport): Promise<string[]> {
  return page.$$eval('.row', rows => rows.flatMap(row => {
    const { bottom, right } = row.getBoundingClientRect();
    const cells = [...row.children].map(cell => ({ text: cell.textContent, box: cell.getBoundingClientRect() }));
    return cells.flatMap(({ text, box }, place) => [
      ...box.bottom > bottom + 0.5 || box.right > Math.min(right, innerWidth) + 0.5 ? [`${text} leaves its row`] : [],
      ...cells.slice(place + 1).filter(other => box.left < other.box.right - 0.5 && other.box.left < box.right - 0.5
        && box.top < other.box.bottom - 0.5 && other.box.top < box.bottom - 0.5).map(other => `${text} overlaps ${other.text}`),
    ]);
  }));
}
