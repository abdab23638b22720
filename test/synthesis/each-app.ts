import { createRequire } from 'node:module';

// Runs several apps in one process, because loading aws-cdk-lib takes longer than the synthesis of any app. Each app synthesizes itself at
// its end, as with the CDK CLI.
const load = createRequire(__filename);
process.setMaxListeners(0);
for (const { file, directory } of JSON.parse(process.env.APPS!) as { file: string; directory: string }[]) {
  process.env.CDK_OUTDIR = directory;
  load(file);
}
