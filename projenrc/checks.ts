import { awscdk } from 'projen';
import { METAFILE, SBOM } from './notices';

/** Specified by its path, because two packages have a command `tsc`. */
const CHECK = 'node node_modules/typescript7/bin/tsc --noEmit';

/** Adds the checks that `.ci/run` runs in addition to the tests, each as a separate script. */
export function addChecks(project: awscdk.AwsCdkConstructLibrary): void {
  project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '1');
  project.tasks.addEnvironment('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');

  // `npm test` does not lint. Linting is a separate step that changes no files.
  const linting = project.testTask.steps.findIndex(step => step.spawn === 'eslint');
  if (linting >= 0) project.testTask.removeStep(linting);
  const checking = project.testTask.steps.findIndex(step => step.execArgs?.[0] === 'tsc');
  project.testTask.updateStep(checking, { exec: `${CHECK} -p test` });
  project.addTask('lint', {
    description: 'Run ESLint with the import rules, without fixing problems',
    env: { ESLINT_USE_FLAT_CONFIG: 'false', ESLINT_NO_DEPRECATION_WARNING: '1' },
    exec: 'eslint --ext .ts,.mts --max-warnings 0 src lambda cli test bench examples projenrc docs/.vitepress .projenrc.ts',
  });
  project.addTask('typecheck', {
    description: 'Type-check the folders that neither jsii nor `npm test` checks, each with its own settings',
    steps: ['lambda', 'cli', 'examples', 'bench', 'docs/.vitepress'].map(folder => ({ exec: `${CHECK} -p ${folder}` })),
  });

  const mapper = {
    '^(aws-cdk-lib|constructs)$': '<rootDir>/node_modules/$1-newest',
    '^(aws-cdk-lib|constructs)/(.*)$': '<rootDir>/node_modules/$1-newest/$2',
    '^cdk-ecr-keeper$': '<rootDir>/src',
    '^jsonschema$': '<rootDir>/test/jest/first-assembly.ts',
  };
  project.addTask('test:newest', {
    description: 'Run the tests of the constructs with the newest aws-cdk-lib and constructs',
    // That version runs a WebAssembly validation engine at each synthesis and prints findings. test/examples.test.ts fails on a finding.
    env: { JSII_DEPRECATED: 'quiet', CDK_VALIDATION: 'false' },
    steps: [{ spawn: 'bundle' }, {
      exec: `jest --ci --coverage=false --moduleNameMapper '${JSON.stringify(mapper)}' --testPathIgnorePatterns`
        + ' \'test/(architecture|documents|examples|import-circles|site)\' --testPathPatterns \'test/[^/]+[.]test[.]ts$\'',
    }],
  });
  project.testTask.env('JSII_DEPRECATED', 'quiet');

  project.compileTask.exec('tsx projenrc/lazy-loading.ts');
  // Source maps with their sources would be two thirds of the JavaScript in lib/. The compiled code can be read like the sources.
  for (const option of ['inlineSourceMap', 'inlineSources']) {
    project.tryFindObjectFile('tsconfig.json')!.addDeletionOverride(`compilerOptions.${option}`);
  }

  const snippets = project.addTask('snippets', {
    description: 'Compile the README and docstring snippets',
    exec: 'jsii-rosetta extract --strict',
  });
  project.postCompileTask.spawn(snippets);
  project.tasks.tryFind('typecheck')!.spawn(project.addTask('snippets:docs', {
    description: 'Type-check the snippets of docs, which jsii-rosetta does not read',
    exec: 'tsx test/snippets/check.ts',
  }));

  project.addTask('compile-and-document', {
    description: 'Build a release without packing it: generated files, handlers, assembly, snippets, API.md',
    steps: [{ spawn: 'default' }, { spawn: 'pre-compile' }, { spawn: 'compile' }, { spawn: 'post-compile' }],
  });
  project.addTask('probe', {
    description: 'Ask whether what the fakes assume is true: the fakes, or with --aws a real account',
    receiveArgs: true,
    exec: 'tsx test/probes/main.ts',
  });
  const bundled = (name: string, description: string, ...commands: string[]) => project.addTask(name, {
    description, receiveArgs: true, steps: [{ spawn: 'bundle' }, ...commands.map(exec => ({ exec, receiveArgs: true }))],
  });
  bundled('demo', 'Deploy and destroy repositories step by step on a local AWS emulator', 'tsx test/e2e/demo.ts');
  bundled('recording', 'Record a refused and then confirmed cdk destroy on the emulator, for docs/images/destroy-refused.svg',
    'tsx test/e2e/recording.ts');
  bundled('e2e', 'Run every kind of Delete request on the emulator and on the local fakes', 'tsx test/e2e/scenes.e2e.ts');
  bundled('verify', 'Run the steps of the demo and the scenes: on an emulator and on fakes, or with --aws in a real account',
    'tsx test/e2e/verify.ts');
  bundled('integ', 'Verify the snapshots of the integration tests, or run integ-runner with other options', 'tsx test/integ/run.ts');
  project.gitignore.exclude('cdk-integ.out.*/', '/test/integ/*.snapshot/asset.*');
  project.gitattributes.addAttributes('/test/integ/*.snapshot/**', 'linguist-generated');
  bundled('mutations', 'Break each safety rule in a copy of the project and verify that its test fails', 'tsx test/mutations/mutations.ts');
  bundled('scanners', 'Run cfn-lint and checkov on synthesized templates', 'tsx test/scanners/scan.ts');
  bundled('bench', 'Compare with other tools; --quick runs a subset', 'tsx bench/bench.ts');
  bundled('test:browser', 'Test the reports of the command line in a real browser: Chromium of Debian, or the browser in CHROMIUM',
    'tsx test/browser/report.ts', 'tsx test/browser/registry-report.ts');
  project.addTask('check:package', {
    description: 'Pack, list the files of the tarball, install it in a new project, and synthesize there',
    exec: 'tsx test/package/check.ts',
  });
  project.addTask('check:languages', {
    description: 'Install the artifacts of package-all in new TypeScript, Python, Java, and Go projects, and compare their templates',
    exec: 'tsx test/languages/check.ts',
  });
  bundled('audit', 'Check bundled packages for known vulnerabilities (SECURITY.md)', 'tsx test/package/audit.ts');
  bundled('sbom', 'What is bundled as CycloneDX, in dist/sbom.cdx.json',
    `cyclonedx-esbuild --mc-type library --output-reproducible --validate --output-file ${SBOM} ${METAFILE}`);
  project.tasks.tryFind('compat')?.reset('tsx test/package/compat.ts');
}
