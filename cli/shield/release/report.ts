import type { Outcome } from './carry-out';
import type { KeptImage, Plan } from './plan';
import { pluralize, toOneLine } from '../../../src/core/format';
import { renderTable } from '../../columns';
import { countRepositories } from '../../teardown/row-table';
import { Terminal, wrap } from '../../terminal';

const MAX_ROWS = 20;

/** Renders what a release would change: the number of images in each repository, and the first images. */
export function renderPlan({ images, repositories, foreign }: Plan, tagPrefix: string, region: string, terminal: Terminal): string {
  const counts = new Map<string, number>();
  for (const { repository } of images) counts.set(repository, (counts.get(repository) ?? 0) + 1);
  const lines = [
    `to release: ${pluralize(images.length, 'image')} in ${counts.size} of ${countRepositories(repositories)} in ${region}`,
    ...foreign === 0 ? [] : [`not changed: tags of ${pluralize(foreign, 'image')} that begin with ${tagPrefix}, but that a shield does not`
      + ' set'],
  ];
  return [
    ...lines.flatMap(line => wrap(line, terminal.width)),
    ...images.length === 0 ? [] : [
      '',
      ...renderTable(['IMAGES', 'REPOSITORY', ''],
        [...counts].slice(0, MAX_ROWS).map(([repository, count]) => [String(count), repository, '']), terminal),
      ...moreLine(counts.size - MAX_ROWS, 'repository', 'repositories'),
      '',
      ...renderTable(['REPOSITORY', 'DIGEST', 'TAGS TO REMOVE', 'OTHER TAGS'], images.slice(0, MAX_ROWS).map(image => [
        image.repository, shortDigest(image), image.keepTags.join(', '), shorten(image.otherTags),
      ]), terminal),
      ...moreLine(images.length - MAX_ROWS, 'image', 'images'),
    ],
    '',
  ].join('\n');
}

/** Renders the outcome: a summary, then one row for each image that keeps its tags. */
export function renderOutcomes(outcomes: readonly Outcome[], terminal: Terminal): string {
  const [released, gone, failed, open] = (['RELEASED', 'GONE', 'FAILED', 'OPEN'] as const)
    .map(outcome => outcomes.filter(each => each.outcome === outcome));
  const rows = [...failed, ...open.filter(({ reason }) => reason !== undefined)];
  return [
    `released: ${pluralize(released.length, 'image')}`,
    ...gone.length === 0 ? [] : [`deleted by somebody else in the meantime: ${pluralize(gone.length, 'image')}`],
    ...failed.length === 0 ? [] : [`failed: ${pluralize(failed.length, 'image')}, which ${failed.length === 1 ? 'keeps its' : 'keep their'}`
      + ' tags'],
    ...open.length === 0 ? [] : [`not tried: ${pluralize(open.length, 'image')}`],
    ...rows.length === 0 ? [] : [
      '',
      ...renderTable(['REPOSITORY', 'DIGEST', 'REASON'], rows.slice(0, MAX_ROWS).map(image =>
        [image.repository, shortDigest(image), toOneLine(image.reason ?? '')]), terminal),
      ...moreLine(rows.length - MAX_ROWS, 'image', 'images'),
    ],
    '',
  ].join('\n');
}

function moreLine(count: number, one: string, many: string): string[] {
  return count > 0 ? [`  and ${count} more ${count === 1 ? one : many}`] : [];
}

function shortDigest({ digest }: KeptImage): string {
  return digest.slice('sha256:'.length).slice(0, 12);
}

function shorten(tags: readonly string[]): string {
  return tags.length > 3 ? `${tags.slice(0, 3).join(', ')} and ${tags.length - 3} more` : tags.join(', ') || '-';
}
