import { writeFileSync } from 'node:fs';
import { Arguments, parseArguments, Section, USAGE } from './arguments';
import { bundles } from './bundles/bundles';
import { copy } from './copy/copy';
import { emptying } from './emptying/emptying';
import { kinds } from './kinds/kinds';
import { machine } from './machine';
import { simulation } from './simulation/simulation';
import { stacks } from './stacks/stacks';
import { synth } from './synth/synth';
import { teardown } from './teardown/teardown';

const print = (text: string) => { process.stdout.write(`${text}\n`); };

const TITLES: Record<Section, string> = {
  teardown: 'Deleting a repository with its stack',
  emptying: 'Emptying a repository that stays',
  kinds: 'Kinds of repositories',
  copy: 'Copying an image',
  simulation: 'Simulating a lifecycle policy',
  bundles: 'Bundle size and load time',
  stacks: 'What a stack holds',
  synth: 'Synthesis',
};

async function bench({ quick, json, sections }: Arguments): Promise<boolean> {
  const start = performance.now();
  const described = machine();
  const { cpu, cores, memoryGiB, platform, node, versions } = described;
  print(`${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node.js ${node}`);
  print(`${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}\n`);
  const runs: Record<Section, () => object | Promise<object>> = {
    teardown: () => teardown(quick, print),
    emptying: () => emptying(quick, print),
    kinds: () => kinds(quick, print),
    copy: () => copy(quick, print),
    simulation: () => simulation(quick, print),
    bundles: () => bundles(quick, print),
    stacks: () => stacks(print),
    synth: () => synth(quick, print),
  };
  const results: object[] = [];
  for (const section of sections) {
    print(`## ${TITLES[section]}\n`);
    results.push(await runs[section]());
  }
  const broken = results.flatMap(result => 'broken' in result ? result.broken as string[] : []);
  for (const line of broken) print(`NOT AS PROMISED: ${line}`);
  print(`${((performance.now() - start) / 1000).toFixed(0)} s`);
  if (json) writeFileSync(json, `${JSON.stringify({ machine: described, results }, undefined, 2)}\n`);
  return broken.length === 0;
}

// aws-ecr's autoDeleteImages is one of the sides, and deprecated
process.env.JSII_DEPRECATED = 'quiet';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
let parsed: Arguments | undefined;
try {
  parsed = parseArguments(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
if (parsed?.help) print(USAGE);
else if (parsed) void bench(parsed).then(kept => { process.exitCode = kept ? 0 : 1; });
