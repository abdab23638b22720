import { runCLI } from 'jest';

/** Tests of one file to run in the working directory of this process. */
export interface Order {
  readonly file: string;
  /** Their full names. */
  readonly tests: readonly string[];
}

/** `not run`: no test has this name, or the file does not load. */
export type Verdict = 'red' | 'green' | 'not run';

/**
 * Runs all orders in one process, because starting Jest takes five times as long as a test. Each run loads the modules of the project
 * again.
 */
async function verdictsOn({ file, tests }: Order): Promise<Verdict[]> {
  const names = tests.map(test => test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const { results } = await runCLI({
    _: [file],
    $0: '',
    runTestsByPath: true,
    testNamePattern: `^(${names.join('|')})$`,
    runInBand: true,
    ci: true,
    silent: true,
    reporters: [],
    cacheDirectory: '.jest-cache',
    // Jest lists these files before each run, and it only has to find the file of the order.
    roots: ['<rootDir>/test'],
    modulePathIgnorePatterns: ['<rootDir>/test/(?!lambda/|core/)[^/]+/'],
    watchman: false,
  }, [process.cwd()]);
  const outcomes = new Map(results.testResults.flatMap(suite => suite.testResults.map(({ fullName, status }) => [fullName, status])));
  return tests.map(test => {
    const status = outcomes.get(test);
    if (status === 'failed') return 'red';
    return status === 'passed' ? 'green' : 'not run';
  });
}

process.on('message', (order: Order) => {
  void verdictsOn(order).then(verdicts => process.send!(verdicts));
});
