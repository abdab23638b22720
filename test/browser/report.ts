import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { checkAppearance } from './checks/appearance';
import { checkCounts } from './checks/counts';
import { checkEdges, checkHostility } from './checks/hostility';
import { checkKeyboard } from './checks/keyboard';
import { checkLooking } from './checks/looking';
import { measure } from './measure';
import { OpenedReport, Render } from './opened-report';
import { Outcomes } from './outcomes';
import { bundleReport } from './report-bundle';
import { repository } from './repositories';
import { runInBrowser, screenshotFolder } from './run-in-browser';
import { ownTemporaryFolder } from '../temporary-folder';

ownTemporaryFolder('browser');

const USAGE = `Usage: npm run test:browser [-- --screenshots <folder>]

Opens the HTML report in a real browser: chromium or google-chrome on PATH, or what the environment variable CHROMIUM names.`;

async function check(browser: Browser, folder: string, render: Render, screenshots?: string): Promise<Outcomes> {
  const outcomes = new Outcomes();
  for (const [count, days] of [
    [20, [0, 1, 2, 3, 30, 60, 100, 400]], [2000, [0, 1, 7, 14, 13, 45, 90, 400]], [20_000, [0, 1, 30]],
  ] as const) {
    const data = repository(count);
    const report = await OpenedReport.open(browser, folder, render(data));
    console.log(`              ${await measure(report, count)}`);
    await checkCounts(outcomes, report, data, days);
    await checkLooking(outcomes, report, data);
    await report.close();
  }
  const data = repository(2000);
  const html = render(data);
  // with smooth scrolling, the focused element becomes visible only some frames later
  const report = await OpenedReport.open(browser, folder, html, { media: [{ name: 'prefers-reduced-motion', value: 'reduce' }] });
  await checkKeyboard(outcomes, report);
  await report.close();
  await checkAppearance(outcomes, browser, folder, html, data);
  await checkHostility(outcomes, browser, folder, render);
  await checkEdges(outcomes, browser, folder, render);
  if (screenshots !== undefined) {
    await outcomes.check(`screenshots in ${screenshots}`, async () => shoot(browser, folder, render, screenshots));
  }
  return outcomes;
}

async function shoot(browser: Browser, folder: string, render: Render, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  for (const [count, value, width, days] of [
    [20, 'light', 1200, 0], [2000, 'light', 1200, 21], [2000, 'dark', 1200, 21], [20_000, 'light', 1200, 0], [2000, 'light', 360, 21],
  ] as const) {
    const report = await OpenedReport.open(browser, folder, render(repository(count, 'team/service')), {
      width, media: [{ name: 'prefers-color-scheme', value }],
    });
    await report.page.focus('#slider');
    await report.press('ArrowRight', days);
    await report.page.evaluate(() => { (document.activeElement as HTMLElement).blur(); });
    const path = (part = ''): `${string}.png` => `${join(to, `${value}-${count}-${width}${part}`)}.png`;
    await report.page.screenshot({ path: path(), fullPage: true });
    const height = await report.page.$eval('.legend', legend => Math.round(legend.getBoundingClientRect().bottom + scrollY) + 24);
    await report.page.screenshot({ path: path('-top'), clip: { x: 0, y: 0, width, height }, captureBeyondViewport: true });
    await report.page.focus('#timeline');
    await report.press('PageDown', 2);
    await report.page.screenshot({ path: path('-tooltip') });
    await report.close();
  }
}

runInBrowser(async launch => {
  const screenshots = screenshotFolder(USAGE);
  const browser = await launch();
  const { folder, renderLifecycleReport } = bundleReport();
  try {
    return await check(browser, folder, renderLifecycleReport, screenshots);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
