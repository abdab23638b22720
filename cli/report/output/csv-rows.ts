import { changesOn, Fate, NEVER } from '../../page/future';
import type { ReportedImage } from '../figures/image-figures';
import { isLeavingSoon, isNeeded } from '../figures/policy-effect';
import type { ListedRepository } from '../reading/registry';

/** Columns of the CSV file, one line for each image: docs/reference/command-line.md */
const COLUMNS = [
  'registry', 'repository', 'digest', 'tags', 'pushedAt', 'lastPulledAt', 'sizeInBytes', 'storageClass', 'mediaType', 'subject', 'inUse',
  'scanned', 'critical', 'high', 'medium', 'low', 'endangered', 'nextAction', 'nextActionDay',
] as const;
type Cells = Readonly<Record<typeof COLUMNS[number], string | number | undefined>>;

/** Ends each line: https://www.rfc-editor.org/rfc/rfc4180#section-2 */
export const LINE_END = '\r\n';
/** Characters at the beginning of a cell that make it a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/;

export const CSV_HEADING = `${COLUMNS.join(',')}${LINE_END}`;

export interface RowOptions {
  /** When the report began. */
  readonly at: number;
  /** Digests of the images in use, and whether others may be in use, too. */
  readonly inUse?: ReadonlySet<string>;
  readonly isUseUncounted?: boolean;
  /** What the policy does to the image. Undefined if there is no policy to simulate. */
  readonly fate?: Fate;
}

/** Returns the line of an image. */
export function csvRow({ registry, name }: ListedRepository, image: ReportedImage, options: RowOptions): string {
  const { inUse, isUseUncounted, fate } = options;
  const nextDay = fate ? changesOn(fate) : NEVER;
  const { findings } = image;
  const countOf = (severity: string) => findings && (findings[severity] ?? 0);
  const cells: Cells = {
    registry,
    repository: name,
    digest: image.digest,
    tags: image.tags.join(' '),
    pushedAt: time(image.pushedAt),
    lastPulledAt: time(image.lastRecordedPullTime),
    sizeInBytes: image.sizeInBytes,
    storageClass: image.storageClass,
    mediaType: image.mediaType,
    subject: image.subject,
    inUse: inUse?.has(image.digest) ? 'true' : inUse && !isUseUncounted ? 'false' : undefined,
    scanned: String(findings !== undefined),
    critical: countOf('CRITICAL'),
    high: countOf('HIGH'),
    medium: countOf('MEDIUM'),
    low: countOf('LOW'),
    endangered: fate && String(isLeavingSoon(fate) && isNeeded(image, options)),
    nextAction: nextDay === NEVER ? undefined : nextDay === fate!.expiryDay ? 'expire' : 'archive',
    nextActionDay: nextDay === NEVER ? undefined : nextDay,
  };
  return `${COLUMNS.map(column => csvCell(cells[column])).join(',')}${LINE_END}`;
}

/** Returns a cell that a spreadsheet shows as text. */
export function csvCell(value: string | number | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function time(moment: number | undefined): string | undefined {
  return moment === undefined ? undefined : new Date(moment).toISOString();
}
