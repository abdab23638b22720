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
