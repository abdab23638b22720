import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { built, PROJECT } from './built';
import { Language } from './language';

/** Repository that is kept between runs. It is not in the home directory, because Maven never updates a version that it has already. */
const REPOSITORY = join(PROJECT, '.cache', 'maven');

export const JAVA: Language = {
  name: 'Java',
  example: 'java',
  gettingStarted: 'mvn -q exec:java -Dexec.mainClass=com.example.GettingStartedApp',
  tools: [
    { command: ['javac', '-version'], install: 'a JDK, 17 or newer' },
    { command: ['mvn', '--version'], install: 'Maven, 3.6 or newer' },
  ],
  install({ directory }) {
    const artifact = built('java/io/github/cdk-ecr-keeper/cdk-ecr-keeper', /^\d/);
    const place = join(REPOSITORY, relative(join(PROJECT, 'dist', 'java'), artifact));
    rmSync(join(place, '..'), { recursive: true, force: true });
    cpSync(artifact, place, { recursive: true }); // like `mvn install`
    mkdirSync(join(directory, '.mvn'));
    writeFileSync(join(directory, '.mvn', 'maven.config'),
      `-Dmaven.repo.local=${REPOSITORY}\n-Dcdk-ecr-keeper.version=${basename(artifact)}\n`);
    // An app that runs once ends before optimized code saves time. Without it, the app needs half of the processor seconds.
    writeFileSync(join(directory, '.mvn', 'jvm.config'), '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC\n');
    return Promise.resolve({ what: `cdk-ecr-keeper-${basename(artifact)}.jar` });
  },
};
