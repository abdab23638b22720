import { awscdk, javascript } from 'projen';
import { Stability } from 'projen/lib/cdk';
import { REPOSITORY, SITE } from './docs/.vitepress/places';
import { addChecks } from './projenrc/checks';
import { addHandlers } from './projenrc/handlers';
import { addImportDirection, addLineLength, addLintProgram } from './projenrc/lint';
import { NOTICES } from './projenrc/notices';
import { addRelease } from './projenrc/release';
import { addSite } from './projenrc/site';
import {
  CDK_CLI, CDK_FLOOR, CDK_NEWEST, CONSTRUCTS_FLOOR, CONSTRUCTS_NEWEST, INTEG_RUNNER, INTEG_TESTS, SDK, SDK_ECR_PUBLIC, SDK_OTHERS,
  SDK_TAGGING,
} from './projenrc/versions';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-ecr-keeper',
  description: 'Amazon ECR repositories that are safe to keep and easy to delete, for AWS CDK apps (beta)',
  // Construct Hub takes one of cdk, aws-cdk and awscdk: https://aws.amazon.com/blogs/opensource/best-practices-for-discoverability-of-a-construct-library-on-construct-hub/
  keywords: [
    'aws', 'cdk', 'awscdk', 'aws-cdk', 'ecr', 'amazon-ecr', 'ecr-public', 'container', 'container-registry', 'docker', 'image', 'registry',
    'repository', 'cleanup', 'force-delete', 'lifecycle', 'lifecycle-policy', 'scan', 'teardown',
  ],
  stability: Stability.EXPERIMENTAL, // it has never run on AWS; the API is stable, which each type says
  homepage: SITE,
  bugsUrl: `${REPOSITORY}/issues`,
  author: 'cdk-ecr-keeper maintainers',
  authorAddress: 'maintainers@users.noreply.github.com',
  repositoryUrl: `${REPOSITORY}.git`,
  license: 'Apache-2.0',
  copyrightOwner: 'cdk-ecr-keeper maintainers',
  copyrightPeriod: '2026',
  defaultReleaseBranch: 'main',

  cdkVersion: CDK_FLOOR,
  constructsVersion: CONSTRUCTS_FLOOR,
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.3',
  minNodeVersion: '20.16.0',
  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  sampleCode: false,
  github: false,
  release: false,
  typecheckTests: true,

  bin: { 'cdk-ecr-keeper': 'bin/cdk-ecr-keeper.js' },
  npmignoreEnabled: false,
  lambdaAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,
  integrationTestAutoDiscover: false,

  tsconfigDev: {
    include: ['../lambda/**/*.ts', '../cli/**/*.ts', '../examples/**/*.ts', '../bench/**/*.ts'],
    compilerOptions: {
      module: 'commonjs',
      moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
      paths: { 'cdk-ecr-keeper': ['../src/index.ts'] },
    },
  },
  eslintOptions: { dirs: ['src', 'lambda', 'cli'], devdirs: ['test', 'bench', 'examples', 'projenrc'] },
  jestOptions: {
    jestVersion: '^30',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      collectCoverage: false, // a broken rule that no test notices is found by the mutations; counting lines takes a third of the time
      collectCoverageFrom: ['src/**/*.ts', 'lambda/**/*.ts', 'cli/**/*.ts'],
      coverageProvider: 'babel',
      moduleNameMapper: { '^cdk-ecr-keeper$': '<rootDir>/src', '^jsonschema$': '<rootDir>/test/jest/first-assembly.ts' },
      testEnvironment: '<rootDir>/test/jest/environment.ts',
      setupFilesAfterEnv: ['<rootDir>/test/jest/answers.ts'],
      globalSetup: '<rootDir>/test/jest/global-setup.ts',
      globalTeardown: '<rootDir>/test/jest/global-teardown.ts',
      maxWorkers: '100%', // without it jest leaves one core idle, which of two is half
      randomize: true,
      // the build of the site creates and removes files there, and jest fails if one disappears while it looks for modules
      modulePathIgnorePatterns: ['<rootDir>/docs/.vitepress/.temp/'],
      testTimeout: 60_000, // for machines that are slow or busy: nothing here is judged by its time
    },
  },

  publishToPypi: { distName: 'cdk-ecr-keeper', module: 'cdk_ecr_keeper' },
  publishToMaven: {
    javaPackage: 'io.github.cdkecrkeeper',
    mavenGroupId: 'io.github.cdk-ecr-keeper',
    mavenArtifactId: 'cdk-ecr-keeper',
  },
  publishToGo: { moduleName: 'github.com/cdk-ecr-keeper/cdk-ecr-keeper-go', packageName: 'cdkecrkeeper' },

  devDeps: [
    // The newest aws-cdk-lib that the CLI below can deploy, and constructs. Tests and examples run with them and with the lowest versions.
    `aws-cdk-lib-newest@npm:aws-cdk-lib@${CDK_NEWEST}`,
    `constructs-newest@npm:constructs@${CONSTRUCTS_NEWEST}`,
    `aws-cdk@${CDK_CLI}`,
    `@aws-cdk/integ-runner@${INTEG_RUNNER}`,
    `@aws-cdk/integ-tests-alpha@${INTEG_TESTS}`,
    `@aws-sdk/client-ecr@${SDK}`,
    // The only credential provider of a function, in the version that the clients depend on.
    '@aws-sdk/credential-provider-env@^3.972.84',
    `@aws-sdk/client-cloudformation@${SDK}`,
    `@aws-sdk/client-cloudwatch-logs@${SDK_OTHERS}`,
    `@aws-sdk/client-ecr-public@${SDK_ECR_PUBLIC}`,
    `@aws-sdk/client-ecs@${SDK_OTHERS}`,
    `@aws-sdk/client-eventbridge@${SDK}`,
    `@aws-sdk/client-iam@${SDK_OTHERS}`,
    `@aws-sdk/client-lambda@${SDK_OTHERS}`,
    `@aws-sdk/client-organizations@${SDK_OTHERS}`,
    `@aws-sdk/client-resource-groups-tagging-api@${SDK_TAGGING}`,
    `@aws-sdk/client-s3@${SDK}`,
    `@aws-sdk/client-secrets-manager@${SDK_OTHERS}`,
    `@aws-sdk/client-ssm@${SDK}`,
    `@aws-sdk/client-sts@${SDK}`,
    'cdk-nag@2.38.2', // 3.x asks for an aws-cdk-lib above our floor
    'esbuild@0.28.2',
    'commander@^14', // 15 needs Node.js 22 and is no CommonJS
    'puppeteer-core@^24', // 25 needs Node.js 22
    '@cyclonedx/cyclonedx-esbuild@^1.4.4',
    '@smithy/core',
    'fast-check',
    'jest-environment-node@^30',
    'tsx',
    'typescript7@npm:typescript@7.0.2', // checks types five times as fast; it has no API yet, so everything else uses version 6
    'yaml@^2',
  ],
});

project.package.addPackageResolutions(
  // jsii-pacmak writes installed versions to go.mod as indirect requirements, and some Go proxies lack newer versions.
  '@aws-cdk/asset-node-proxy-agent-v6@2.1.0',
  // 1.13.0 publishes fewer platform packages, so the lockfile is incomplete and `npm ci` fails.
  'unrs-resolver@1.12.2',
);
project.package.addField('files', ['lib/**/*.js', 'lib/**/*.d.ts', 'assets', 'bin', '.jsii', 'API.md', NOTICES]);
project.gitignore.exclude('/.cache/', '/cdk.out/', '/.npmignore', '/.jsii.tabl.json', `/${NOTICES}`);

addHandlers(project);
addImportDirection(project);
addLineLength(project);
addLintProgram(project);
addChecks(project);
addSite(project);
addRelease(project);

project.synth();
