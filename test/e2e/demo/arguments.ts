export interface Arguments {
  readonly keep: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run demo [-- options]

Deploys and destroys examples/quickstart/app.ts with the real CDK CLI on an AWS emulator that it starts on this machine,
and shows at each step what happened. Needs Node.js and Python 3.10 or newer; no AWS account, no Docker.
The first run makes a Python virtual environment in .cache/.

  --keep    stop after the deployment, leave emulator and stack in place and say how to look around
  --help    this text

Exit code: 0 when every check passed, 1 when one failed, 2 for an unknown option, 130 when interrupted.`;

/** @throws on anything that is not an option */
export function parseArguments(args: readonly string[]): Arguments {
  const unknown = args.filter(argument => !['--keep', '--help', '-h'].includes(argument));
  if (unknown.length > 0) {
    throw new Error(`Unknown option: ${unknown.join(' ')}`);
  }
  return { keep: args.includes('--keep'), help: args.includes('--help') || args.includes('-h') };
}
