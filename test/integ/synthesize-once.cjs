/**
 * The command of an integration test. integ-runner synthesizes each test up to five times with the same context. Only the first time runs
 * the app. Its assembly is kept in INTEG_ASSEMBLIES, unless that is not set, and copied each other time.
 */
const { cpSync, existsSync } = require('node:fs');
const { basename, join, resolve } = require('node:path');

const [file] = process.argv.slice(2);
const { CDK_OUTDIR, INTEG_ASSEMBLIES } = process.env;
const assembly = INTEG_ASSEMBLIES && join(INTEG_ASSEMBLIES, basename(file));

if (assembly && existsSync(assembly)) {
  cpSync(assembly, CDK_OUTDIR, { recursive: true });
} else {
  if (assembly) {
    process.env.CDK_OUTDIR = assembly;
    process.once('exit', code => {
      if (code === 0) cpSync(assembly, CDK_OUTDIR, { recursive: true });
    });
  }
  require('tsx/cjs');
  require(resolve(file));
}
