import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { Outcomes } from './outcomes';
import { runInBrowser } from './run-in-browser';
import { SITE } from '../../docs/.vitepress/places';
import { ownTemporaryFolder } from '../temporary-folder';

ownTemporaryFolder('site');

/** Documentation site that `npx projen site` has built. The checks open it in the size of a phone. */
const ROOT = join(__dirname, '..', '..', '.cache', 'site');
const BASE = new URL(SITE).pathname;
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.png': 'image/png', '.svg': 'image/svg+xml',
};

/** Serves pages without their file extension, like GitHub Pages. */
function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname).slice(BASE.length);
    const file = [path, `${path}.html`, join(path, 'index.html')].map(name => join(ROOT, name))
      .find(name => existsSync(name) && statSync(name).isFile());
    if (file === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    return createReadStream(file).pipe(response);
  });
  return new Promise(resolve => { server.listen(0, '127.0.0.1', () => resolve(server)); });
}

/** Returns every page of prose, and the largest pages of the reference, because all of these are generated in the same way. */
function pages(): string[] {
  return readdirSync(ROOT, { recursive: true }).map(String)
    .filter(file => file.endsWith('.html') && (!file.startsWith('reference/api/') || /\/(index|Repository|RepositoryProps)\.html$/.test(file)))
    .map(file => file.replace(/(index)?\.html$/, '')).sort();
}

async function check(browser: Browser, origin: string): Promise<Outcomes> {
  const outcomes = new Outcomes();
  const phone = { width: 390, height: 844 };
  await outcomes.check('no page is wider than a phone', async () => {
    const page = await browser.newPage();
    await page.setViewport(phone);
    await page.setJavaScriptEnabled(false);
    const wide = new Array<string>();
    for (const path of pages()) {
      await page.goto(`${origin}${BASE}${path}`, { waitUntil: 'load' });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > phone.width) wide.push(`${path}: ${width} pixels`);
    }
    await page.close();
    if (wide.length > 0) throw new Error(wide.join('\n'));
  });
  await outcomes.check('the search finds a property in the reference, and no script fails', async () => {
    const page = await browser.newPage();
    await page.setViewport(phone);
    const errors = new Array<string>();
    page.on('console', message => { if (message.type() === 'error') errors.push(message.text()); });
    page.on('pageerror', error => errors.push(String(error)));
    await page.goto(`${origin}${BASE}`, { waitUntil: 'networkidle0' });
    await page.click('#local-search button');
    await page.waitForSelector('.search-input', { visible: true });
    await page.type('.search-input', 'maxImages');
    await page.waitForSelector('.results .result[href*="reference/api/"]');
    await page.close();
    if (errors.length > 0) throw new Error(errors.join('\n'));
  });
  return outcomes;
}

runInBrowser(async launch => {
  if (!existsSync(join(ROOT, 'index.html'))) throw new Error('There is no site in .cache/site: run `npx projen site` first');
  const server = await serve();
  try {
    return await check(await launch(), `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
});
