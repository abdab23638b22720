import { awscdk, javascript } from 'projen';

/** lambda/<handler>/handler.ts -> assets/lambda/<handler>/index.js, all in one esbuild process, before tests and before jsii. */
export function addHandlers(project: awscdk.AwsCdkConstructLibrary): void {
  const bundle = project.addTask('bundle', {
    description: 'Bundle the Lambda handlers and the command line with the AWS SDK clients',
    exec: 'tsx projenrc/bundle.ts',
  });
  project.preCompileTask.spawn(bundle);
  project.testTask.prependSpawn(bundle);
  project.gitignore.exclude('/assets/', '/bin/');

  new javascript.TypescriptConfig(project, {
    fileName: 'lambda/tsconfig.json',
    extends: javascript.TypescriptConfigExtends.fromPaths(['../tsconfig.json']),
    include: ['**/*.ts'],
    compilerOptions: {
      noEmit: true,
      rootDir: '..',
      types: ['node'],
      module: 'esnext',
      moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
    },
  });
  new javascript.TypescriptConfig(project, {
    fileName: 'cli/tsconfig.json',
    extends: javascript.TypescriptConfigExtends.fromPaths(['../tsconfig.json']),
    include: ['**/*.ts'],
    compilerOptions: {
      noEmit: true,
      rootDir: '..',
      types: ['node'],
      lib: ['es2022', 'dom', 'dom.iterable'], // the scripts of the pages run in a browser
      module: 'esnext',
      moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
    },
  });
  for (const folder of ['examples', 'bench']) {
    new javascript.TypescriptConfig(project, {
      fileName: `${folder}/tsconfig.json`,
      extends: javascript.TypescriptConfigExtends.fromPaths(['../tsconfig.json']),
      include: ['**/*.ts'],
      compilerOptions: {
        noEmit: true,
        rootDir: '..',
        types: ['node'],
        module: 'commonjs',
        moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
        paths: { 'cdk-ecr-keeper': ['../src/index.ts'] },
      },
    });
  }
}
