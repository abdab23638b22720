import { readFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from './project';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
}

const LIBRARIES = ['aws-cdk-lib', 'constructs', '@aws-sdk/client-ecr', '@aws-sdk/client-cloudformation', 'esbuild'];

export function machine(): Machine {
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()}`,
    node: process.version,
    versions: Object.fromEntries(LIBRARIES.map(name => [name, versionOf(name)])),
  };
}

export function describe(described: Machine): string {
  const { cpu, cores, memoryGiB, node } = described;
  const libraries = Object.entries(described.versions).map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${described.platform}, Node.js ${node}; ${libraries.join(', ')}`;
}

function versionOf(library: string): string {
  return (JSON.parse(readFileSync(join(root, 'node_modules', library, 'package.json'), 'utf8')) as { version: string }).version;
}
