import fc from 'fast-check';
import { histories, History } from './history';

let history: History;
beforeAll(async () => { history = await History.start(); });
afterAll(() => history.stop());

/** More of them: `HISTORIES=5000 SEED=2 SECONDS=600 npx jest <this file>`. A failure prints its seed and path, for SEED and AT. */
const { HISTORIES: numRuns = 30, SEED: seed = 20261129, SECONDS: seconds = 3_000, AT: path } = process.env;

test('whatever happens, an image in use is never expired, nothing else changes, and nothing stays protected forever', async () => {
  let count = 0;
  await fc.assert(fc.asyncProperty(histories, async steps => {
    await history.begin();
    await history.take(steps);
    await history.end();
    count++;
  }), {
    seed: Number(seed), numRuns: Number(numRuns), interruptAfterTimeLimit: Number(seconds) * 1_000, ...path === undefined ? {} : { path },
  });
  // the property would prove little if nothing was protected, released, expired, or interrupted
  const { proved, provedThere, released, expired, failed } = history;
  process.stdout.write(`${count} histories: ${JSON.stringify({ proved, provedThere, released, expired, failed })}\n`);
  expect(Math.min(proved, provedThere, released, expired)).toBeGreaterThan(count / 10);
  expect(failed).toBeGreaterThan(count / 20);
}, 3_600_000);
