import { execFileSync } from 'node:child_process';

const LOAD = 'const start = performance.now(); require(process.argv[1]); process.stdout.write(String(performance.now() - start));';

/** Measures the milliseconds of `require` in new processes. The bundles alternate, so that other load affects all of them. */
export function loadTimes(bundles: readonly string[], runs: number): number[][] {
  const times = bundles.map(() => new Array<number>());
  const load = (bundle: string) => Number(execFileSync(process.execPath, ['-e', LOAD, bundle], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  }));
  bundles.forEach(load); // the first load reads from the disk
  for (let run = 0; run < runs; run += 1) bundles.forEach((bundle, at) => times[at].push(load(bundle)));
  return times;
}
