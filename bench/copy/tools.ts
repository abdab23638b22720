import { spawnSync } from 'node:child_process';

export const INSTALL = 'apt-get install -y --no-install-recommends skopeo docker-registry';

/** The compared tool and the source registry, both from Debian packages. */
const TOOLS = ['skopeo', 'docker-registry'];

/** Returns the versions, or undefined if a tool is not installed. */
export function versionsOfTools(): string[] | undefined {
  const versions = TOOLS.map(name => {
    const { stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' });
    return stdout ? `${name} ${/\d+\.\d+\S*/.exec(stdout)?.[0] ?? 'of an unknown version'}` : '';
  });
  return versions.includes('') ? undefined : versions;
}
