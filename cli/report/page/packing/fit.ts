import type { Packed } from './pack';
import { packReport } from './pack-report';
import { packSample } from './pack-sample';
import { formatNumber } from '../../../page/words';
import { thin } from '../../figures/sample';
import { TIMELINES } from '../../general-notes';
import type { RegistryReport } from '../../registry-report';

/** Packs a report into at most `limit` characters by leaving out images of the timelines, unless the rest is larger by itself. */
export function packWithin(report: RegistryReport, limit: number): Packed {
  const samples = report.repositories.map(({ images }) => images?.sample ?? []);
  const all = samples.reduce((sum, { length }) => sum + length, 0);
  let packed = packReport(report);
  let size = JSON.stringify(packed).length;
  let budget = all;
  while (size > limit && budget > 0) {
    const characters = samples.reduce((sum, sample) => sum + packSample(sample).length, 0) * budget / all;
    // Halve at least every few turns, because the images that remain may have longer tags.
    budget = Math.floor(budget * Math.max(0, Math.min(0.9, (limit - size) / characters + 1)));
    const repositories = thin(report.repositories, budget);
    const shown = repositories.reduce((sum, { images }) => sum + (images?.sample.length ?? 0), 0);
    const note = `${TIMELINES} of this page show ${formatNumber(shown)} images, so that the page is smaller than 20 MB.`;
    packed = packReport({ ...report, repositories, notes: [...report.notes, note] });
    size = JSON.stringify(packed).length;
  }
  return packed;
}
