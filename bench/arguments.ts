export const SECTIONS = [
  'teardown', 'emptying', 'kinds', 'throttling', 'copy', 'simulation', 'bundles', 'stacks', 'synth', 'deploy',
] as const;
export type Section = typeof SECTIONS[number];

export interface Arguments {
  readonly quick: boolean;
  readonly json?: string;
  readonly document: boolean;
  readonly sections: readonly Section[];
  readonly help: boolean;
}

export const USAGE = `Usage: npm run bench [-- options]

Measures this library beside what it is compared with, both sides in one run, and prints Markdown tables.
Everything runs on this machine, on local fakes of AWS. \`copy\` is skipped where skopeo or docker-registry
is not installed; \`deploy\` installs the emulator of the scenes once.

  --quick          a subset, in well under a minute
  --only <names>   some of: ${SECTIONS.join(', ')}
  --json <file>    also write the raw results
  --document       also write what is printed, with machine and versions, into docs/reference/benchmarks.md
  --help           this text

Exit code: 0 when every limit is met, 1 when one is missed, 2 for an unknown option.`;

/** @throws on anything that is not an option */
export function parseArguments(args: readonly string[]): Arguments {
  const rest = [...args];
  let parsed: Arguments = { quick: false, help: false, document: false, sections: SECTIONS };
  while (rest.length > 0) {
    const option = rest.shift()!;
    if (option === '--quick') parsed = { ...parsed, quick: true };
    else if (option === '--help' || option === '-h') parsed = { ...parsed, help: true };
    else if (option === '--document') parsed = { ...parsed, document: true };
    else if (option === '--json' && rest.length > 0) parsed = { ...parsed, json: rest.shift() };
    else if (option === '--only' && rest.length > 0) parsed = { ...parsed, sections: sections(rest.shift()!) };
    else throw new Error(`Unknown option: ${option}`);
  }
  if (parsed.document && parsed.quick) throw new Error('--document takes a whole run, not --quick');
  return parsed;
}

function sections(names: string): Section[] {
  return names.split(',').map(name => {
    const known = SECTIONS.find(section => section === name);
    if (!known) throw new Error(`Unknown section: ${name}`);
    return known;
  });
}
