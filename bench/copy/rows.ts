import type { Case } from './cases';
import type { Copier } from './copier';
import type { Copy } from './measure';
import { pairedRatio, Spread, spread } from '../statistics';

export interface Row {
  readonly image: string;
  readonly side: Copier['name'];
  readonly seconds: Spread;
  /** Ratio of our time to the time of the other side. */
  readonly ratio?: number;
  /** Highest value of all runs. */
  readonly peakMB?: number;
  /** Received bytes, and required bytes. */
  readonly received: number;
  readonly due: number;
  readonly isEqual: boolean;
  readonly limitMB: number;
  readonly copies: readonly Copy[];
}

export function rowsOf({ name, limitMB }: Case, due: number, copies: ReadonlyMap<Copier, readonly Copy[]>): Row[] {
  const secondsOf = (all: readonly Copy[]) => all.map(({ seconds }) => seconds);
  const other = [...copies].find(([copier]) => copier.name !== 'ours')?.[1];
  return [...copies].map(([copier, all]) => {
    const peaks = all.flatMap(({ peakMB }) => peakMB ?? []);
    const failed = all.find(({ failure }) => failure !== undefined);
    if (failed && copier.name !== 'ours') throw new Error(`${copier.name} did not copy ${name}: ${failed.failure}`);
    return {
      image: name,
      side: copier.name,
      seconds: spread(secondsOf(all)),
      ...other && copier.name === 'ours' ? { ratio: pairedRatio(secondsOf(all), secondsOf(other)) } : {},
      ...peaks.length === 0 ? {} : { peakMB: Math.max(...peaks) },
      received: Math.max(...all.map(({ received }) => received)),
      due,
      isEqual: all.every(({ isEqual }) => isEqual),
      limitMB,
      copies: all,
    };
  });
}

/** Returns the missed limits of our side, without time limits. */
export function unkept({ side, image, due, isEqual, peakMB = 0, limitMB, copies }: Row): string[] {
  if (side !== 'ours') return [];
  return [
    ...copies.flatMap(({ failure }) => failure === undefined ? [] : [`copying ${image}: ${failure}`]),
    ...isEqual ? [] : [`copying ${image}: the digests differ from the source`],
    ...peakMB < limitMB ? [] : [`copying ${image}: ${peakMB.toFixed(0)} MB; the limit is ${limitMB}`],
    ...copies.flatMap(({ received }) => received === due ? [] : [`copying ${image}: ${received} bytes sent; ${due} are required`]),
    ...copies.flatMap(({ received, saidSent = received }) =>
      received === saidSent ? [] : [`copying ${image}: ${received} bytes sent; the handler reports ${saidSent}`]),
  ];
}
