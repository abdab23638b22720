export interface Arguments {
  readonly keep: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run demo [-- options]

Deploys and destroys examples/quickstart/app.ts and other stacks with the real CDK CLI, on an AWS emulator that the demo
starts on this machine. Each step prints what it does and checks the result. The demo needs Node.js and Python 3.10 or
newer. It needs no AWS account and no Docker. The first run creates a Python virtual environment in .cache/.

  --keep      Stop after the first deployment, keep the emulator running, and print commands to look around.
  -h, --help  Print this text.

Exit codes: 0 if every check passed, 1 if a check failed, 2 for an unknown option, 130 if interrupted.`;

/** @throws if an argument is not a known option */
export function parseArguments(args: readonly string[]): Arguments {
  const unknown = args.filter(argument => !['--keep', '--help', '-h'].includes(argument));
  if (unknown.length > 0) {
    throw new Error(`Unknown option: ${unknown.join(' ')}`);
  }
  return { keep: args.includes('--keep'), help: args.includes('--help') || args.includes('-h') };
}
