import { awscdk } from 'projen';

export function addChecks(project: awscdk.AwsCdkConstructLibrary): void {
  project.addTask('typecheck', {
    description: 'Type-check what neither esbuild nor ts-jest checks',
    steps: [
      { exec: 'tsc --noEmit -p lambda' },
      { exec: 'tsc --noEmit -p test' },
      { exec: 'tsc --noEmit -p examples' },
    ],
  });
  const snippets = project.addTask('snippets', {
    description: 'Compile the README and docstring snippets',
    exec: 'jsii-rosetta extract --strict',
  });
  project.postCompileTask.spawn(snippets);
}
