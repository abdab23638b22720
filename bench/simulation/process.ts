import { imagesOf, NOW, rulesOf } from './cases';
import { simulateLifecycle } from '../../src/core/lifecycle/simulate';
import { simulate } from '../../test/local-ecr/lifecycle-simulation';

/** Runs one case of one side in a separate process with --expose-gc, and returns the time of each run and the last result. */
const [side, images, rules, runs] = process.argv.slice(2);
const given = imagesOf(Number(images));
const policy = rulesOf(Number(rules));
const run = () => side === 'ours' ? simulateLifecycle(policy, given, NOW) : simulate(given, policy, NOW);

const acting = (result: ReturnType<typeof run>) =>
  result instanceof Map ? result.size : result.filter(({ action }) => action !== 'KEEP').length;
const milliseconds = new Array<number>();
let result = Number(runs) > 1 ? run() : [];
for (let count = 0; count < Number(runs); count++) {
  const start = performance.now();
  result = run();
  milliseconds.push(performance.now() - start);
}
global.gc?.();
const held = process.memoryUsage().heapUsed;
const acted = acting(result);
result = [];
global.gc?.();
const bytes = held - process.memoryUsage().heapUsed;
process.stdout.write(JSON.stringify({ milliseconds, acted, bytes, peakMegabytes: process.resourceUsage().maxRSS / 1_024 }));
