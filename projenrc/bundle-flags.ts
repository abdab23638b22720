import type { BuildOptions } from 'esbuild';

/** How the command line is bundled, and the plain handlers that the bench compares ours with. */
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

/** How handlers are bundled: without the SDK's search for credentials, a fifth of a bundle, of which a function needs one step. */
export const HANDLER_FLAGS = {
  ...BUNDLE_FLAGS,
  alias: { '@aws-sdk/credential-provider-node': './lambda/shared/aws/credential-provider.ts' },
} satisfies BuildOptions;
