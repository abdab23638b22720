import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ExistingRepository, ExistingRepositoryOptions } from '../src';

/** The app of the running test. */
export let app: App;

/** Its stack, named `Stack`. */
export let stack: Stack;

/** Creates a new app with a stack for every test of the file that calls this. */
export function newStackForEachTest(props?: StackProps): void {
  beforeEach(() => {
    app = new App();
    stack = new Stack(app, 'Stack', props);
  });
}

/** Goes on with another stack, and its app. */
export function switchTo(other: Stack): void {
  stack = other;
  app = other.node.root as App;
}

interface ImportOptions extends ExistingRepositoryOptions {
  readonly id?: string;
  readonly name?: string;
}

/** A repository that the stack does not own. Without options, the same id is the same import. */
export function imported(
  { id = 'Import', name = 'team/shared', ...options }: ImportOptions = {}, scope: Construct = stack,
): ExistingRepository {
  const existing = scope.node.tryFindChild(id);
  if (existing instanceof ExistingRepository && Object.keys(options).length === 0) return existing;
  return ExistingRepository.fromRepositoryName(scope, id, name, options);
}
