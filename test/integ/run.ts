import { runIntegRunner } from './integ-runner';
import { tidySnapshots } from './tidy';
import { ownTemporaryFolder } from '../temporary-folder';

// Without arguments, it verifies the snapshots. Arguments are those of integ-runner: with `--update-on-failed` or `--force`, tests are
// deployed with the credentials of the environment.
void (async () => {
  ownTemporaryFolder('integ');
  const args = process.argv.slice(2);
  process.exitCode = await runIntegRunner({
    directory: __dirname,
    args: args.length > 0 ? args : ['--max-workers', '2', '--parallel-regions', 'us-east-1'],
    // Without a Region, the verification waits seconds for the instance metadata service.
    env: { AWS_REGION: process.env.AWS_REGION ?? 'us-east-1' },
  });
  if (args.length > 0) tidySnapshots(__dirname);
})();
