import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildSync, Metafile } from 'esbuild';
import { BUNDLE_FLAGS, HANDLER_FLAGS, PAGE_FLAGS } from './bundle-flags';
import { bundledPackages, mergeMetafiles, METAFILE, NOTICES, notices } from './notices';

const OUT = 'assets/lambda';
const COMMAND = 'bin/cdk-ecr-keeper.js';
/** The files that decide how a bundle is made. */
const PROGRAM = ['bundle.ts', 'bundle-flags.ts', 'notices.ts'].map(file => `projenrc/${file}`);
/** Constants in the command line that contain the script of a page. */
const PAGES = {
  LIFECYCLE_PAGE_SCRIPT: 'cli/lifecycle-report/page.ts',
  REGISTRY_PAGE_SCRIPT: 'cli/report/page/page.ts',
};

const handlers = readdirSync('lambda', { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared')
  .map(entry => entry.name);

const results = [...handlers.map(name => `${OUT}/${name}/index.js`), COMMAND, METAFILE, NOTICES];
if (isUpToDate()) results.forEach(renewDate);
else writeBundles();

/**
 * Several steps bundle before they read the result, and each time takes six seconds of a processor. A new version of a package changes the
 * lockfile.
 */
function isUpToDate(): boolean {
  if (!results.every(file => existsSync(file)) || readdirSync(OUT).length !== handlers.length) return false;
  const { inputs } = JSON.parse(readFileSync(METAFILE, 'utf8')) as Metafile;
  const timeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  const bundled = Math.min(...results.map(timeOf));
  return [...Object.keys(inputs), 'package-lock.json', ...PROGRAM].every(file => timeOf(file) < bundled);
}

function writeBundles(): void {
  const functions = buildSync({
    entryPoints: handlers.map(name => ({ in: `lambda/${name}/handler.ts`, out: `${name}/index` })),
    outdir: OUT,
    write: false,
    metafile: true,
    ...HANDLER_FLAGS,
  });

  // Otherwise, files of a removed handler would be packaged.
  const stale = existsSync(OUT) ? readdirSync(OUT).filter(name => !handlers.includes(name)) : [];
  for (const name of stale) rmSync(`${OUT}/${name}`, { recursive: true });

  // Each report is one page that loads nothing. Its script is bundled first and becomes a text in the bundle of the command line.
  const pages = Object.entries(PAGES).map(([constant, entryPoint]) => ({
    constant,
    bundle: buildSync({
      ...PAGE_FLAGS,
      entryPoints: [entryPoint],
      write: false,
      outdir: 'bin', // names it in the metafile; nothing is written
      metafile: true,
    }),
  }));

  const command = buildSync({
    ...BUNDLE_FLAGS,
    entryPoints: ['cli/main.ts'],
    write: false,
    metafile: true,
    outfile: COMMAND,
    target: 'node20',
    loader: { '.css': 'text', '.html': 'text' },
    define: Object.fromEntries(pages.map(({ constant, bundle }) => [constant, JSON.stringify(bundle.outputFiles[0].text)])),
    banner: { js: '#!/usr/bin/env node' },
  });

  for (const { path, contents } of [...functions.outputFiles, ...command.outputFiles]) write(path, Buffer.from(contents));

  // Authors of the bundled code, for the notices in the tarball, the SBOM, and the audit.
  const metafile = mergeMetafiles([functions.metafile, ...pages.map(({ bundle }) => bundle.metafile), command.metafile]);
  write(METAFILE, Buffer.from(JSON.stringify(metafile)));
  write(NOTICES, Buffer.from(notices(bundledPackages(metafile))));
}

/** If the content is unchanged, updates only the date, so that no concurrent reader sees a partial file. */
function write(file: string, contents: Buffer): void {
  if (existsSync(file) && readFileSync(file).equals(contents)) {
    renewDate(file);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

/** Programs that read a bundle compare its date with the date of all sources, also of those that are not in a bundle. */
function renewDate(file: string): void {
  const now = new Date();
  utimesSync(file, now, now);
}
