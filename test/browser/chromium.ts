import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Browser, launch } from 'puppeteer-core';

const NAMES = ['chromium', 'google-chrome'];

/** @throws where none is installed: nothing is downloaded */
export function findChromium(): string {
  const named = process.env.CHROMIUM;
  if (named) {
    if (!isProgram(named)) throw new Error(`CHROMIUM names ${named}, which is no program`);
    return named;
  }
  const found = (process.env.PATH ?? '').split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name))).find(isProgram);
  if (!found) throw new Error(`No ${NAMES.join(' or ')} on PATH: install one, or name it with the environment variable CHROMIUM`);
  return found;
}

export async function launchChromium(): Promise<Browser> {
  return launch({
    executablePath: findChromium(),
    headless: true,
    // Chromium's sandbox refuses root, whom containers run as
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
