import type { BuildOptions } from 'esbuild';

/** Flags for the command line, and for the plain handlers that the bench compares with ours. */
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
} satisfies BuildOptions;

/** Flags for the script of a page, which becomes a text in another bundle. */
export const PAGE_FLAGS = {
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/** Flags for handlers: without the SDK's credential providers, a fifth of a bundle, of which a function needs only one. */
export const HANDLER_FLAGS = {
  ...BUNDLE_FLAGS,
  alias: { '@aws-sdk/credential-provider-node': './lambda/shared/aws/credential-provider.ts' },
} satisfies BuildOptions;
