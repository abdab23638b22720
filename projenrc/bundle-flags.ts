import type { BuildOptions } from 'esbuild';

/** How handlers are bundled; the bench bundles what it compares them with in the same way. */
export const BUNDLE_FLAGS = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true, // a function loads what it is given: less of it starts faster
  charset: 'utf8', // otherwise each character beyond ASCII takes six bytes
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } }, // fields are assigned once, not declared as well
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;
