import { awscdk } from 'projen';
import { METAFILE, SBOM } from './notices';

/** By its path, since two packages have a command `tsc`. */
const CHECK = 'node node_modules/typescript7/bin/tsc --noEmit';

/** What `.ci/run` runs beside the tests, each also a script of its own. */
export function addChecks(project: awscdk.AwsCdkConstructLibrary): void {
  project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '1');
  project.tasks.addEnvironment('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');

  // `npm test` tests; linting rewrites nothing and is a step of its own
  const linting = project.testTask.steps.findIndex(step => step.spawn === 'eslint');
  if (linting >= 0) project.testTask.removeStep(linting);
  const checking = project.testTask.steps.findIndex(step => step.execArgs?.[0] === 'tsc');
  project.testTask.updateStep(checking, { exec: `${CHECK} -p test` });
  project.addTask('lint', {
    description: 'ESLint, import direction included, without fixing anything',
    env: { ESLINT_USE_FLAT_CONFIG: 'false', ESLINT_NO_DEPRECATION_WARNING: '1' },
    exec: 'eslint --ext .ts --max-warnings 0 src lambda cli test bench examples projenrc .projenrc.ts',
  });
  project.addTask('typecheck', {
    description: 'Type-check what neither jsii nor `npm test` checks, each folder with its own settings',
    steps: ['lambda', 'cli', 'examples', 'bench'].map(folder => ({ exec: `${CHECK} -p ${folder}` })),
  });

  const mapper = {
    '^(aws-cdk-lib|constructs)$': '<rootDir>/node_modules/$1-newest',
    '^(aws-cdk-lib|constructs)/(.*)$': '<rootDir>/node_modules/$1-newest/$2',
    '^cdk-ecr-keeper$': '<rootDir>/src',
    '^jsonschema$': '<rootDir>/test/jest/first-assembly.ts',
  };
  project.addTask('test:newest', {
    description: 'The tests of the constructs on the newest aws-cdk-lib and constructs',
    // That version starts an engine of WebAssembly at each synthesis and prints what it finds; test/examples.test.ts fails on a finding.
    env: { JSII_DEPRECATED: 'quiet', CDK_VALIDATION: 'false' },
    steps: [{ spawn: 'bundle' }, {
      exec: `jest --ci --coverage=false --moduleNameMapper '${JSON.stringify(mapper)}' --testPathIgnorePatterns`
        + ' \'test/(architecture|documents|examples|import-circles)\' --testPathPatterns \'test/[^/]+[.]test[.]ts$\'',
    }],
  });
  project.testTask.env('JSII_DEPRECATED', 'quiet');

  const snippets = project.addTask('snippets', {
    description: 'Compile the README and docstring snippets',
    exec: 'jsii-rosetta extract --strict',
  });
  project.postCompileTask.spawn(snippets);
  project.tasks.tryFind('typecheck')!.spawn(project.addTask('snippets:docs', {
    description: 'Type-check the snippets of docs, which are not in the assembly that jsii-rosetta reads',
    exec: 'tsx test/snippets/check.ts',
  }));

  project.addTask('compile-and-document', {
    description: 'What a release builds, without packing it: generated files, handlers, assembly, snippets, API.md',
    steps: [{ spawn: 'default' }, { spawn: 'pre-compile' }, { spawn: 'compile' }, { spawn: 'post-compile' }],
  });
  const bundled = (name: string, description: string, exec: string) =>
    project.addTask(name, { description, receiveArgs: true, steps: [{ spawn: 'bundle' }, { exec, receiveArgs: true }] });
  bundled('demo', 'The main job on an embedded AWS emulator, step by step', 'tsx test/e2e/demo.ts');
  bundled('e2e', 'Every way a Delete request can come about, on the emulator and on the local fakes', 'tsx test/e2e/scenes.e2e.ts');
  bundled('mutations', 'Break each safety rule in a copy and see the tests turn red', 'tsx test/mutations/mutations.ts');
  bundled('scanners', 'cfn-lint and checkov on what is synthesised', 'tsx test/scanners/scan.ts');
  bundled('bench', 'Side by side with the incumbents; --quick for a subset', 'tsx bench/bench.ts');
  bundled('test:browser', 'The report of the command line in a real browser: Debian\'s chromium, or the one that CHROMIUM names',
    'tsx test/browser/report.ts');
  project.addTask('check:package', {
    description: 'Pack, list what the tarball holds, install it into a fresh project and synthesise there',
    exec: 'tsx test/package/check.ts',
  });
  project.addTask('check:languages', {
    description: 'Install what package-all built into fresh TypeScript, Python, Java and Go projects: the same app, the same template',
    exec: 'tsx test/languages/check.ts',
  });
  bundled('audit', 'Known vulnerabilities in what is bundled (SECURITY.md)', 'tsx test/package/audit.ts');
  bundled('sbom', 'What is bundled as CycloneDX, in dist/sbom.cdx.json',
    `cyclonedx-esbuild --mc-type library --output-reproducible --validate --output-file ${SBOM} ${METAFILE}`);
  project.tasks.tryFind('compat')?.reset('tsx test/package/compat.ts');
}
