import { availableParallelism } from 'node:os';
import { CLAIMS } from './claims';
import { Copy } from './copy';
import { EVENTS } from './events';
import { GUARDS } from './guards';
import { IMAGE_SHIELD } from './image-shield';
import { IMAGES } from './images';
import type { Mutation } from './mutation';
import { POLICIES } from './policies';
import { PULL_THROUGH_CACHE } from './pull-through-cache';
import { REPLICATION } from './replication';
import { REPORT } from './report';
import { TEARDOWN } from './teardown';

/** Each mutation is applied in a copy of the project. The test that it names must fail with the mutation and pass without it. */
const MUTATIONS: readonly Mutation[] = [
  ...TEARDOWN, ...POLICIES, ...GUARDS, ...IMAGES, ...IMAGE_SHIELD, ...PULL_THROUGH_CACHE, ...REPLICATION, ...CLAIMS, ...REPORT, ...EVENTS,
];

async function run(): Promise<boolean> {
  const asked = process.argv.slice(2); // `copy gate` applies only mutations whose rule starts with one of these
  const chosen = asked.length === 0 ? MUTATIONS : MUTATIONS.filter(({ rule }) => asked.some(beginning => rule.startsWith(beginning)));
  let passed = 0;
  let failed = 0;
  const report = (line: string, isGood: boolean) => {
    if (isGood) passed++;
    else failed++;
    process.stdout.write(`${isGood ? 'ok     ' : 'NOT OK '} ${line}\n`);
  };
  const copies = Array.from({ length: Math.min(4, availableParallelism()) }, () => new Copy());
  process.stdout.write('The project is copied. You can change it from now on.\n');
  const eachIn = async <T>(items: Iterable<T>, work: (copy: Copy, item: T) => Promise<void>) => {
    const queue = [...items].values();
    await Promise.all(copies.map(async copy => { for (const item of queue) await work(copy, item); }));
  };
  try {
    await eachIn(new Set(chosen.map(({ tests }) => tests)), async (copy, file) => {
      const tests = [...new Set(chosen.filter(mutation => mutation.tests === file).map(({ test }) => test))];
      const verdicts = await copy.test({ file, tests });
      const others = tests.flatMap((test, index) => verdicts[index] === 'green' ? [] : [`${test}: ${verdicts[index]}`]);
      report([`unchanged, ${file}: ${tests.length - others.length} of ${tests.length} tests pass`, ...others].join('\n        '),
        others.length === 0);
    });
    await eachIn(chosen, async (copy, mutation) => {
      const verdict = await copy.testMutated(mutation);
      const outcome = verdict === 'red' ? 'the mutation makes its test fail'
        : verdict ? `its test is ${verdict}` : 'the text to replace is not in the file exactly once';
      report(`${mutation.rule}: ${outcome}`, verdict === 'red');
    });
  } finally {
    await Promise.all(copies.map(copy => copy.remove()));
  }
  process.stdout.write(`${chosen.length} mutations\nmutations: ${passed} passed, ${failed} failed\n`);
  return failed === 0;
}

void run().then(good => { process.exitCode = good ? 0 : 1; });
