import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Gives this process, and all that it starts from now on, a temporary directory of its own. It is removed when the process ends, also by
 * an error or a signal: aws-cdk-lib leaves a cloud assembly there for each app.
 *
 * @returns what removes it before, and gives the former one back
 */
export function ownTemporaryFolder(name: string): () => void {
  const former = process.env.TMPDIR;
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  process.env.TMPDIR = folder;
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 0) return; // another listener ends what it started, and then the process
    remove();
    process.kill(process.pid, signal);
  };
  process.once('exit', remove);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  return () => {
    remove();
    process.off('exit', remove);
    for (const signal of SIGNALS) process.off(signal, onSignal);
    if (former === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = former;
  };
}
