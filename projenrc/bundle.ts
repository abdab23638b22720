import { readdirSync, rmSync } from 'node:fs';
import { buildSync } from 'esbuild';

const handlers = readdirSync('lambda', { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared')
  .map(entry => entry.name);

rmSync('assets', { recursive: true, force: true });
buildSync({
  entryPoints: handlers.map(name => ({ in: `lambda/${name}/handler.ts`, out: `${name}/index` })),
  outdir: 'assets/lambda',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true, // a function loads what it is given: less of it starts faster
  legalComments: 'none',
  logLevel: 'warning',
});
