import { writeFileSync } from 'node:fs';
import { Arguments, parseArguments, Section, USAGE } from './arguments';
import { bundles } from './bundles/bundles';
import { copy } from './copy/copy';
import { deploy } from './deploy/deploy';
import { requireDocumentable, writePage } from './document';
import { emptying } from './emptying/emptying';
import { kinds } from './kinds/kinds';
import { describe, machine } from './machine';
import { report } from './report/report';
import { shield } from './shield/shield';
import { simulation } from './simulation/simulation';
import { stacks } from './stacks/stacks';
import { synth } from './synth/synth';
import { teardown } from './teardown/teardown';
import { throttling } from './throttling/throttling';
import { ownTemporaryFolder } from '../test/temporary-folder';

const print = (text: string) => { process.stdout.write(`${text}\n`); };

const TITLES: Record<Section, string> = {
  teardown: 'Deleting a repository with its stack',
  emptying: 'Emptying a repository that is kept',
  kinds: 'Kinds of repositories',
  throttling: 'Many resources at once',
  copy: 'Copying an image',
  simulation: 'Simulating a lifecycle policy',
  report: 'Reporting on a registry',
  shield: 'Runs of an image shield',
  bundles: 'Bundle size and load time',
  stacks: 'What a stack holds',
  synth: 'Synthesis',
  deploy: 'Deploying and destroying a stack',
};

interface Result {
  /** One sentence for each missed limit. */
  readonly broken: readonly string[];
}

const RUNS: Record<Section, (quick: boolean, print: (text: string) => void) => Result | Promise<Result>> = {
  teardown, emptying, kinds, throttling, copy, simulation, report, shield, bundles, stacks, synth, deploy,
};

/** @returns whether all limits are met */
async function bench({ quick, json, document, sections }: Arguments): Promise<boolean> {
  const start = performance.now();
  const described = machine();
  print(`${describe(described)}\n`);
  if (document) requireDocumentable(sections, describe(described));
  const results: Result[] = [];
  const printed = new Map<Section, string>();
  for (const section of sections) {
    print(`## ${TITLES[section]}\n`);
    results.push(await RUNS[section](quick, text => {
      printed.set(section, `${printed.get(section) ?? ''}${text}\n`);
      print(text);
    }));
  }
  const broken = results.flatMap(result => result.broken);
  for (const line of broken) print(`MISSED: ${line}`);
  if (document && broken.length === 0) writePage({ machine: describe(described), sections: printed });
  print(`${((performance.now() - start) / 1000).toFixed(0)} s`);
  if (json) writeFileSync(json, `${JSON.stringify({ machine: described, results }, undefined, 2)}\n`);
  return broken.length === 0;
}

// The bench compares with aws-ecr's autoDeleteImages, which is deprecated.
process.env.JSII_DEPRECATED = 'quiet';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
let parsed: Arguments | undefined;
try {
  parsed = parseArguments(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
if (parsed?.help) {
  print(USAGE);
} else if (parsed) {
  ownTemporaryFolder('bench');
  void bench(parsed).then(kept => { process.exitCode = kept ? 0 : 1; });
}
