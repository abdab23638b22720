import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { virtualEnvironment } from '../virtual-environment';
import { built } from './built';
import { Language, Project } from './language';

const METADATA = 'import sys, zipfile; wheel = zipfile.ZipFile(sys.argv[1]); '
  + 'print(wheel.read(next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))).decode())';

/** The core metadata of a wheel: https://packaging.python.org/en/latest/specifications/core-metadata. */
export async function wheelMetadata({ run }: Project, wheel: string): Promise<string> {
  return run('python3', ['-c', METADATA, wheel]);
}

export const PYTHON: Language = {
  name: 'Python',
  example: 'python',
  gettingStarted: 'python getting_started.py',
  tools: [{ command: ['python3', '--version'], install: 'python3, 3.10 or newer, with venv and pip' }],
  async install({ directory, run }) {
    const wheel = built('python', /\.whl$/);
    // aws-cdk-lib is large, so that dependencies are in an environment that is kept. The library is installed into a new one on top of it.
    const metadata = await wheelMetadata({ directory, run }, wheel);
    const needed = [...metadata.matchAll(/^Requires-Dist: ([^;\r\n]+)/gm)].map(([, requirement]) => requirement);
    const pinned = readFileSync(join(directory, 'requirements.txt'), 'utf8').split('\n').filter(line => line !== 'cdk-ecr-keeper');
    const others = join(directory, 'others.txt');
    writeFileSync(others, [...pinned, ...needed, ''].join('\n'));
    const python = await virtualEnvironment('languages', others, () => {});

    await run(python, ['-m', 'venv', '--without-pip', '.venv']);
    const packages = (home: string) => join(home, 'lib', readdirSync(join(home, 'lib'))[0], 'site-packages');
    writeFileSync(join(packages(join(directory, '.venv')), 'others.pth'), `${packages(join(python, '..', '..'))}\n`);
    // Without an index, this fails if a dependency of the wheel is missing.
    await run(python, [
      '-m', 'pip', '--python', join(directory, '.venv', 'bin', 'python'), 'install', '--no-index', '--disable-pip-version-check', wheel,
    ]);
    return { what: basename(wheel), path: join(directory, '.venv', 'bin') };
  },
};
