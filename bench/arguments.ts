export const SECTIONS = ['teardown', 'emptying', 'kinds', 'copy', 'simulation', 'bundles', 'stacks', 'synth'] as const;
export type Section = typeof SECTIONS[number];

export interface Arguments {
  readonly quick: boolean;
  readonly json?: string;
  readonly sections: readonly Section[];
  readonly help: boolean;
}

export const USAGE = `Usage: npm run bench [-- options]

Measures this library beside what it is compared with, both sides in one run, and prints Markdown tables.
Everything runs on this machine, on local fakes of AWS; nothing is downloaded. \`copy\` is skipped where skopeo or docker-registry is not installed.

  --quick          a subset, in well under a minute
  --only <names>   some of: ${SECTIONS.join(', ')}
  --json <file>    also write the raw results
  --help           this text

Exit code: 0 when our side did what it promises, 1 when it did not (times are printed, never judged), 2 for an unknown option.`;

/** @throws on anything that is not an option */
export function parseArguments(args: readonly string[]): Arguments {
  const rest = [...args];
  let parsed: Arguments = { quick: false, help: false, sections: SECTIONS };
  while (rest.length > 0) {
    const option = rest.shift()!;
    if (option === '--quick') parsed = { ...parsed, quick: true };
    else if (option === '--help' || option === '-h') parsed = { ...parsed, help: true };
    else if (option === '--json' && rest.length > 0) parsed = { ...parsed, json: rest.shift() };
    else if (option === '--only' && rest.length > 0) parsed = { ...parsed, sections: sections(rest.shift()!) };
    else throw new Error(`Unknown option: ${option}`);
  }
  return parsed;
}

function sections(names: string): Section[] {
  return names.split(',').map(name => {
    const known = SECTIONS.find(section => section === name);
    if (!known) throw new Error(`Unknown section: ${name}`);
    return known;
  });
}
