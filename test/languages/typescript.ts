import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { built, PROJECT } from './built';
import { Language } from './language';

/** The reference: no jsii runtime between the app and the library. */
export const TYPESCRIPT: Language = {
  name: 'TypeScript',
  example: 'typescript',
  gettingStarted: 'npx tsx getting-started.ts',
  tools: [{ command: ['npm', '--version'], install: 'Node.js with npm' }],
  async install({ directory, run }) {
    const tarball = built('js', /\.tgz$/);
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball]);
    const fingerprint = (home: string) => JSON.parse(readFileSync(join(home, '.jsii'), 'utf8')).fingerprint;
    if (fingerprint(join(directory, 'node_modules', 'cdk-ecr-keeper')) !== fingerprint(PROJECT)) {
      throw new Error('what is in dist/ is not what was compiled last: npx projen package-all packs it anew');
    }
    // The types that were packed, not those of src, which the examples are checked with elsewhere.
    await run(process.execPath, [require.resolve('typescript/bin/tsc'), '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022',
      '--module', 'node16',
      'app.ts', 'getting-started.ts']);
    return { what: basename(tarball) };
  },
};
