import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { built, PROJECT } from './built';
import { Language } from './language';

/** The reference, because there is no jsii runtime between the app and the library. */
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
      throw new Error('dist/ does not contain the last compiled version. Run npx projen package-all to pack it again');
    }
    // Uses the packed types. Another check of the examples uses those of src.
    await run(process.execPath, [require.resolve('typescript/bin/tsc'), '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022',
      '--module', 'node16',
      'app.ts', 'getting-started.ts']);
    return { what: basename(tarball) };
  },
};
