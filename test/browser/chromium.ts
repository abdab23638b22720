import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Browser, launch } from 'puppeteer-core';

const NAMES = ['chromium', 'google-chrome'];

/** @throws if no browser is installed, because none is downloaded */
export function findChromium(): string {
  const named = process.env.CHROMIUM;
  if (named) {
    if (!isProgram(named)) throw new Error(`CHROMIUM is ${named}, which is not a program`);
    return named;
  }
  const found = (process.env.PATH ?? '').split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name))).find(isProgram);
  if (!found) throw new Error(`PATH has no ${NAMES.join(' or ')}. Install one, or set the environment variable CHROMIUM to its path`);
  return found;
}

export async function launchChromium(): Promise<Browser> {
  return launch({
    executablePath: findChromium(),
    headless: true,
    // Chromium's sandbox does not support root, which is the user of containers
    args: ['--font-render-hinting=none', ...process.getuid?.() === 0 ? ['--no-sandbox'] : []],
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
