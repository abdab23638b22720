import { COPY_MEMORY_MB } from './handler';
import type { RandomImage } from './push-random';

export interface Case {
  readonly name: string;
  /** Layers that are generated while they are read, and copied only by our side. Otherwise, layers are pushed to the source first. */
  readonly generated?: readonly number[];
  readonly pushed?: RandomImage;
  readonly runs: number;
  /** Memory limit of our side. */
  readonly limitMB: number;
}

const MEMORY_MB = 200;
const PLATFORMS = ['linux/amd64', 'linux/arm64', 'linux/ppc64le', 'linux/s390x'];
const each = (count: number, size: number) => new Array<number>(count).fill(size);

export function cases(quick: boolean): Case[] {
  const [MB, MiB] = [1_000_000, 2 ** 20];
  // Our side sends layers of up to 5 MiB with the API, and larger layers as a stream.
  if (quick) {
    return [
      {
        name: '100 MB, 20 layers',
        pushed: { platforms: PLATFORMS.slice(0, 1), layers: each(20, 5 * MiB), shared: [] },
        runs: 1,
        limitMB: MEMORY_MB,
      },
      { name: '13 MB, 4 platforms', pushed: { platforms: PLATFORMS, layers: each(3, MB), shared: [MB] }, runs: 1, limitMB: MEMORY_MB },
    ];
  }
  return [
    {
      name: '1 GB, 20 layers',
      pushed: { platforms: PLATFORMS.slice(0, 1), layers: each(20, 50 * MB), shared: [] },
      runs: 3,
      limitMB: MEMORY_MB,
    },
    {
      name: '440 MB, 4 platforms',
      pushed: { platforms: PLATFORMS, layers: each(5, 20 * MB), shared: each(2, 20 * MB) },
      runs: 3,
      limitMB: MEMORY_MB,
    },
    { name: '5 GB, 10 layers', generated: each(10, 500 * MB), runs: 1, limitMB: COPY_MEMORY_MB },
  ];
}
