import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, MediaFeature, Page } from 'puppeteer-core';
import type { ReportData } from '../../cli/lifecycle-report/report-data';

export interface Options {
  readonly width?: number;
  readonly height?: number;
  readonly media?: readonly MediaFeature[];
}

export interface Shown {
  readonly expired: number;
  readonly archived: number;
  readonly kept: number;
}

/** A report that is opened from a file in a separate tab, with all errors and network requests of the browser. */
export class OpenedReport {
  static async open(browser: Browser, folder: string, html: string, options: Options = {}, hash = ''): Promise<OpenedReport> {
    const page = await browser.newPage();
    await page.setViewport({ width: options.width ?? 1280, height: options.height ?? 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }, ...options.media ?? []]);
    // tsx names functions with a helper that does not exist in the page: https://github.com/privatenumber/tsx/issues/113
    await page.evaluateOnNewDocument('globalThis.__name = named => named');
    const complaints = new Array<string>();
    const requests = new Array<string>();
    page.on('console', message => { if (['error', 'warn'].includes(message.type())) complaints.push(message.text()); });
    page.on('pageerror', error => complaints.push(String(error)));
    page.on('request', request => requests.push(request.url()));
    const file = join(folder, `report-${Date.now()}-${Math.floor(performance.now())}.html`);
    writeFileSync(file, html);
    const url = pathToFileURL(file).href;
    await page.goto(url + hash);
    return new OpenedReport(page, complaints, requests, url);
  }

  /** Opens a report while `run` checks it, and fails if the browser complains. */
  static async visit(
    browser: Browser, folder: string, html: string, options: Options, run: (report: OpenedReport) => Promise<void>,
  ): Promise<void> {
    const report = await OpenedReport.open(browser, folder, html, options);
    try {
      await run(report);
      assert.deepEqual(report.complaints, []);
    } finally {
      await report.close();
    }
  }

  private constructor(readonly page: Page, readonly complaints: string[], readonly requests: string[], readonly url: string) {}

  async text(selector: string): Promise<string> {
    return this.page.$eval(selector, found => found.textContent ?? '');
  }

  async texts(selector: string): Promise<string[]> {
    return this.page.$$eval(selector, all => all.map(found => found.textContent ?? ''));
  }

  async number(selector: string): Promise<number> {
    return Number((await this.text(selector)).replace(/,/g, ''));
  }

  /** Returns the text of the summary next to the slider. */
  async shown(): Promise<Shown> {
    await this.settle();
    return {
      expired: await this.number('#summary .expire b'),
      archived: await this.number('#summary .archive b'),
      kept: await this.number('#summary .keep b'),
    };
  }

  async day(): Promise<number> {
    return this.page.$eval('#slider', slider => (slider as HTMLInputElement).valueAsNumber);
  }

  async press(key: Parameters<Page['keyboard']['press']>[0], times = 1): Promise<void> {
    for (let time = 0; time < times; time++) await this.page.keyboard.press(key);
    await this.settle();
  }

  /** Waits until the page has been drawn. */
  async settle(): Promise<void> {
    await this.page.evaluate(() => new Promise(resolve => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}

export type Render = (input: ReportData) => string;
