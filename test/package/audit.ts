import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundledPackages, METAFILE } from '../../projenrc/notices';

/**
 * Checks the published package for known vulnerabilities. The package has no dependencies, so that `npm audit --omit=dev` checks nothing:
 * its code is bundled from devDependencies. All devDependencies are audited, but only those in a bundle count. High and critical
 * vulnerabilities fail the check, and others are only reported (SECURITY.md).
 */
interface Vulnerability {
  readonly severity: string;
  readonly nodes: string[];
  readonly range: string;
  readonly via: Array<string | { title: string; url: string }>;
}

interface Report {
  readonly vulnerabilities?: Record<string, Vulnerability>;
  readonly message?: string;
}

process.chdir(resolve(__dirname, '..', '..'));
const bundled = bundledPackages(JSON.parse(readFileSync(METAFILE, 'utf8')));
const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', maxBuffer: 100_000_000 });
const { vulnerabilities, message } = answer(stdout);

if (!vulnerabilities) {
  process.stdout.write(`Not audited: the registry does not support npm audit (${message ?? 'no response'}).\n`);
} else {
  let failed = 0;
  for (const [name, { severity, nodes, range, via }] of Object.entries(vulnerabilities)) {
    if (!bundled.some(({ folder }) => nodes.includes(folder))) continue;
    const fails = severity === 'high' || severity === 'critical';
    if (fails) failed++;
    const why = via.map(one => typeof one === 'string' ? `through ${one}` : `${one.title} ${one.url}`).join('; ');
    process.stdout.write(`${fails ? 'NOT OK ' : 'told   '} ${name} ${range}: ${severity}: ${why}\n`);
  }
  process.stdout.write(`${bundled.length} bundled packages audited\n${bundled.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function answer(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return { message: text.trim().split('\n')[0] };
  }
}
