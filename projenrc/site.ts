import { awscdk, javascript } from 'projen';

/** Adds the tasks that build the documentation site from docs/ with VitePress. The configuration is in docs/.vitepress. */
export function addSite(project: awscdk.AwsCdkConstructLibrary): void {
  project.addDevDeps('vitepress@^1.6.4');
  project.addTask('site', {
    description: 'Build the documentation site into .cache/site, with a page for every type that `compile` found; strict',
    exec: 'vitepress build docs',
  });
  project.addTask('site:dev', { description: 'Serve the documentation site while its pages are edited', exec: 'vitepress dev docs' });
  project.gitignore.exclude('/docs/reference/api/');
  new javascript.TypescriptConfig(project, {
    fileName: 'docs/.vitepress/tsconfig.json',
    extends: javascript.TypescriptConfigExtends.fromPaths(['../../tsconfig.json']),
    include: ['**/*.ts', '**/*.mts'],
    compilerOptions: {
      noEmit: true,
      rootDir: '../..',
      types: ['node', 'vitepress/client'],
      lib: ['es2023', 'dom', 'dom.iterable'],
      module: 'esnext',
      moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
    },
  });
  project.eslint?.addOverride({
    files: ['docs/.vitepress/**/*.{ts,mts}'],
    rules: { 'import/no-extraneous-dependencies': 'off' }, // the package does not contain the site
  });
  // ESLint ignores folders whose name begins with a dot.
  project.eslint?.addIgnorePattern('!docs/.vitepress/');
}
