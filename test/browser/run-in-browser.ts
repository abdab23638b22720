import { resolve } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { launchChromium } from './chromium';
import type { Outcomes } from './outcomes';

/** Runs checks in a browser, prints their counts, and sets the exit code of the program. */
export function runInBrowser(check: (launch: () => Promise<Browser>) => Promise<Outcomes>): void {
  run(check).then(code => { process.exitCode = code; }, (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}

async function run(check: (launch: () => Promise<Browser>) => Promise<Outcomes>): Promise<number> {
  let browser: Browser | undefined;
  try {
    const { passed, failed } = await check(async () => browser = await launchChromium());
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await browser?.close();
  }
}

/** @throws with the usage if the program has other arguments than `--screenshots <folder>` */
export function screenshotFolder(usage: string): string | undefined {
  const args = process.argv.slice(2);
  if (args.length === 0) return undefined;
  if (args.length !== 2 || args[0] !== '--screenshots') throw new Error(usage);
  return resolve(args[1]);
}
