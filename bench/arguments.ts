export const SECTIONS = [
  'teardown', 'emptying', 'kinds', 'throttling', 'copy', 'simulation', 'report', 'shield', 'bundles', 'stacks', 'synth', 'deploy',
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

Compares this library with other tools, with both sides in one run, and prints Markdown tables.
Everything runs on this machine, on local fakes of AWS. \`copy\` is skipped if skopeo or docker-registry
is not installed. The first \`deploy\` installs the emulator of the scenes.

  --quick          Run a subset, in less than a minute.
  --only <names>   Run some sections: ${SECTIONS.join(', ')}
  --json <file>    Also write the raw results to a file.
  --document       Also write the output, the machine, and the versions to docs/reference/benchmarks.md.
  -h, --help       Print this text.

Exit codes: 0 if all limits are met, 1 if a limit is missed, 2 for an unknown option.`;

/** @throws if an argument is not a known option */
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
  if (parsed.document && parsed.quick) throw new Error('--document requires a complete run. Remove --quick');
  return parsed;
}

function sections(names: string): Section[] {
  return names.split(',').map(name => {
    const known = SECTIONS.find(section => section === name);
    if (!known) throw new Error(`Unknown section: ${name}`);
    return known;
  });
}
