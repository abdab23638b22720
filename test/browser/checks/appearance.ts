import assert from 'node:assert/strict';
import type { Browser } from 'puppeteer-core';
import { assertFits, assertStill } from './conduct';
import type { ReportData } from '../../../cli/lifecycle-report/report-data';
import { DARK_SCHEME, LIGHT_SCHEME } from '../../../cli/page/palette';
import { leastDistance } from '../colour-blindness';
import { contrast, lowContrast } from '../contrast';
import { OpenedReport, Options } from '../opened-report';
import type { Outcomes } from '../outcomes';

/** Four times the just noticeable difference, which is 2.3: https://en.wikipedia.org/wiki/Color_difference#CIE76 */
const FAR_APART = 4 * 2.3;

export async function checkAppearance(outcomes: Outcomes, browser: Browser, folder: string, html: string, data: ReportData): Promise<void> {
  const opened = (options: Options, run: (report: OpenedReport) => Promise<void>) =>
    OpenedReport.visit(browser, folder, html, options, run);

  for (const value of ['light', 'dark']) {
    await outcomes.check(`${value}: every text has a contrast of 4.5:1, including selected, filtered, and hovered ones`, async () => opened(
      { media: [{ name: 'prefers-color-scheme', value }] },
      async report => {
        const background = await report.page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g)!.map(Number));
        assert.equal(background[0] < 60, value === 'dark');
        await report.page.focus('#timeline');
        await report.press('Home');
        await report.page.evaluate(() => {
          document.querySelector<HTMLElement>('#rule-rows tr:nth-child(2)')!.click();
          document.getElementById('chip-keep')!.click();
          document.querySelector<HTMLDetailsElement>('#policy-json')!.open = true;
        });
        await report.settle();
        const { low, seen } = await lowContrast(report.page);
        assert.deepEqual(low, []);
        assert.ok(seen > 150, `only ${seen} texts were checked`);
      },
    ));
  }
  await outcomes.check('the canvas has contrasts of 4.5:1 for texts and 3:1 for marks, and distinct colors for color-blind people', () => {
    for (const scheme of [LIGHT_SCHEME, DARK_SCHEME]) {
      for (const behind of [scheme.plot, scheme.future]) {
        for (const text of [scheme.text, scheme.mutedText]) assert.ok(contrast(text, behind) >= 4.5, `${text} on ${behind}`);
        for (const ink of [...scheme.inks, scheme.noRule, scheme.accent]) {
          assert.ok(contrast(ink, behind) >= 3, `${ink} on ${behind}: ${contrast(ink, behind)}`);
        }
      }
      assert.ok(contrast(scheme.plot, scheme.accent) >= 4.5);
      scheme.inks.forEach((one, index) => scheme.inks.slice(index + 1).forEach(other => {
        assert.ok(leastDistance(one, other) > FAR_APART, `${one} and ${other}: ${leastDistance(one, other).toFixed(1)}`);
      }));
    }
  });
  for (const width of [360, 700, 1081, 2560]) {
    await outcomes.check(`at ${width} px, the page does not scroll horizontally and nothing is cut off`, async () =>
      opened({ width, height: 740 }, async report => {
        await report.page.evaluate(() => { document.querySelector<HTMLDetailsElement>('#policy-json')!.open = true; });
        await assertFits(report);
      }));
  }
  await outcomes.check('the selected day and a filter are retained if the window becomes narrow', async () => opened({}, async report => {
    await report.page.focus('#slider');
    await report.press('ArrowRight', 5);
    await report.page.setViewport({ width: 400, height: 700 });
    await report.settle();
    assert.equal(await report.day(), 5);
    assert.equal(await report.page.$eval('#timeline canvas', canvas => (canvas as HTMLCanvasElement).width),
      await report.page.$eval('#timeline', host => host.clientWidth));
  }));
  await outcomes.check('with prefers-reduced-motion, nothing moves', async () => opened(
    { media: [{ name: 'prefers-reduced-motion', value: 'reduce' }] },
    assertStill,
  ));
  await outcomes.check('a print from a dark screen is light, has 300 images and the policy, and changes nothing', async () => opened(
    { media: [{ name: 'prefers-color-scheme', value: 'dark' }] },
    async report => {
      await report.page.emulateMediaType('print');
      await report.settle();
      const rows = (await report.texts('.row')).length;
      assert.equal(rows, Math.min(300, data.images.length));
      const notPrinted = data.images.length - rows;
      if (notPrinted > 0) assert.match(await report.text('.list'), new RegExp(`${notPrinted} more images are not printed`));
      assert.ok(await report.page.$eval('#policy-json', details => (details as HTMLDetailsElement).open));
      assert.deepEqual((await lowContrast(report.page)).low, []);
      assert.equal(await report.page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
      const pixel = await report.page.$eval('#timeline canvas', canvas => [
        ...(canvas as HTMLCanvasElement).getContext('2d')!.getImageData(2, 2, 1, 1).data,
      ]);
      assert.deepEqual(pixel, [255, 255, 255, 255]);
      const overlapping = await report.page.$$eval('.row', all =>
        all.slice(1).filter((row, index) => row.getBoundingClientRect().top < all[index].getBoundingClientRect().bottom - 1).length);
      assert.equal(overlapping, 0);
      assert.ok((await report.page.pdf({ format: 'a4' })).length > 20_000);
      await report.page.emulateMediaType('screen');
      await report.settle();
      assert.ok((await report.texts('.row')).length < 60);
    },
  ));
}
