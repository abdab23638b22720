import { createRequire } from 'node:module';

// Runs several apps in one process, since loading aws-cdk-lib takes longer than synthesising any of them. Each synthesises itself at the
// end, as for the CLI.
const load = createRequire(__filename);
process.setMaxListeners(0);
for (const { file, directory } of JSON.parse(process.env.APPS!) as { file: string; directory: string }[]) {
  process.env.CDK_OUTDIR = directory;
  load(file);
}
