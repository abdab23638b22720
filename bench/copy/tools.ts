import { spawnSync } from 'node:child_process';

export const INSTALL = 'apt-get install -y --no-install-recommends skopeo docker-registry';

/** What it is compared with, and where both copy from: Debian's packages. */
const TOOLS = ['skopeo', 'docker-registry'];

/** The version of each, undefined where one is not installed. */
export function versionsOfTools(): string[] | undefined {
  const versions = TOOLS.map(name => {
    const { stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' });
    return stdout ? `${name} ${/\d+\.\d+\S*/.exec(stdout)?.[0] ?? 'of an unknown version'}` : '';
  });
  return versions.includes('') ? undefined : versions;
}
