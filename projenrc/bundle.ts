import { existsSync, readdirSync, rmSync } from 'node:fs';
import { buildSync } from 'esbuild';
import { BUNDLE_FLAGS } from './bundle-flags';

const OUT = 'assets/lambda';

const handlers = readdirSync('lambda', { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared')
  .map(entry => entry.name);

buildSync({
  entryPoints: handlers.map(name => ({ in: `lambda/${name}/handler.ts`, out: `${name}/index` })),
  outdir: OUT,
  ...BUNDLE_FLAGS,
  mainFields: [...BUNDLE_FLAGS.mainFields],
});

// what is left of a handler that is no more would be shipped
const stale = existsSync(OUT) ? readdirSync(OUT).filter(name => !handlers.includes(name)) : [];
for (const name of stale) rmSync(`${OUT}/${name}`, { recursive: true });

// the report of the command line is one page with nothing to load, so its script is bundled first and becomes a text of the second bundle
const page = buildSync({
  entryPoints: ['cli/report/page.ts'],
  bundle: true,
  write: false,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});

buildSync({
  ...BUNDLE_FLAGS,
  entryPoints: ['cli/main.ts'],
  outfile: 'bin/cdk-ecr-keeper.js',
  mainFields: [...BUNDLE_FLAGS.mainFields],
  target: 'node20',
  loader: { '.css': 'text', '.html': 'text' },
  define: { PAGE_SCRIPT: JSON.stringify(page.outputFiles[0].text) },
  banner: { js: '#!/usr/bin/env node' },
});
