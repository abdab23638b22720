import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './built';
import type { Project } from './language';
import { wheelMetadata } from './python';

/** Checks that npm, PyPI, and Maven show that the package is a beta, each in its own field. */
export async function checkMetadata({ directory, run }: Project): Promise<string> {
  const npm = JSON.parse(await run('tar', ['-xzOf', built('js', /\.tgz$/), 'package/package.json']));
  const pypi = await wheelMetadata({ directory, run }, built('python', /\.whl$/));
  const folder = built('java/io/github/cdk-ecr-keeper/cdk-ecr-keeper', /^\d/);
  const maven = readFileSync(join(folder, readdirSync(folder).find(file => file.endsWith('.pom'))!), 'utf8');
  const problems = [
    ...npm.stability === 'experimental' ? [] : ['npm: the stability is not experimental'],
    ...npm.description.endsWith('(beta)') ? [] : ['npm: the description does not end in (beta)'],
    ...pypi.match(/^Classifier: Development Status :: .*$/gm)?.join() === 'Classifier: Development Status :: 4 - Beta'
      ? [] : ['PyPI: the development status is not beta'],
    .../^Summary: .*\(beta\)$/m.test(pypi) ? [] : ['PyPI: the summary does not end in (beta)'],
    ...maven.includes('(beta)</description>') ? [] : ['Maven: the description does not end in (beta)'],
    ...[npm.homepage, /^Home-page: (.*)$/m.exec(pypi)?.[1], /<url>(.*?)<\/url>/.exec(maven)?.[1]]
      .filter(homepage => homepage !== npm.homepage || !/github\.io/.test(homepage)).map(homepage => `the homepage ${homepage} is not the site`),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return 'npm, PyPI, and Maven say beta';
}
