import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { built } from './built';
import type { Project } from './language';
import { wheelMetadata } from './python';
import { virtualEnvironment } from '../virtual-environment';

/** What Maven Central requires, besides the signatures that are made when it is published. https://central.sonatype.org/publish/requirements */
const CENTRAL = {
  files: ['.jar', '.pom', '-sources.jar', '-javadoc.jar'],
  elements: ['name', 'description', 'url', 'license', 'developer', 'scm'],
};

/** Checks that npm, PyPI, and Maven show that the package is a beta, each in its own field, and that they accept the metadata. */
export async function checkMetadata({ directory, run }: Project): Promise<string> {
  const npm = JSON.parse(await run('tar', ['-xzOf', built('js', /\.tgz$/), 'package/package.json']));
  const pypi = await wheelMetadata({ directory, run }, built('python', /\.whl$/));
  const folder = built('java/io/github/cdk-ecr-keeper/cdk-ecr-keeper', /^\d/);
  const files = readdirSync(folder);
  const maven = readFileSync(join(folder, files.find(file => file.endsWith('.pom'))!), 'utf8');
  await checkPythonPackages({ run });
  const problems = [
    ...npm.stability === 'experimental' ? [] : ['npm: the stability is not experimental'],
    ...npm.description.endsWith('(beta)') ? [] : ['npm: the description does not end in (beta)'],
    ...pypi.match(/^Classifier: Development Status :: .*$/gm)?.join() === 'Classifier: Development Status :: 4 - Beta'
      ? [] : ['PyPI: the development status is not beta'],
    .../^Summary: .*\(beta\)$/m.test(pypi) ? [] : ['PyPI: the summary does not end in (beta)'],
    ...maven.includes('(beta)</description>') ? [] : ['Maven: the description does not end in (beta)'],
    ...[npm.homepage, /^Home-page: (.*)$/m.exec(pypi)?.[1], /<url>(.*?)<\/url>/.exec(maven)?.[1]]
      .filter(homepage => homepage !== npm.homepage || !/github\.io/.test(homepage)).map(homepage => `the homepage ${homepage} is not the site`),
    ...CENTRAL.files.filter(end => !files.some(file => file.endsWith(`-${basename(folder)}${end}`))).map(end => `Maven: no file ${end}`),
    ...CENTRAL.elements.filter(name => !new RegExp(`<${name}>\\s*\\S`).test(maven)).map(name => `Maven: the pom has no <${name}>`),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return 'npm, PyPI, and Maven say beta';
}

/** PyPI rejects a package whose description cannot be rendered, or whose metadata is invalid. */
async function checkPythonPackages({ run }: Pick<Project, 'run'>): Promise<void> {
  const python = await virtualEnvironment('twine', join(__dirname, 'twine.txt'), () => {});
  await run(python, ['-m', 'twine', 'check', '--strict', built('python', /\.whl$/), built('python', /\.tar\.gz$/)]);
}
