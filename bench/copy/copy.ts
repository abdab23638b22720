import { join } from 'node:path';
import { Case, cases } from './cases';
import type { Copier } from './copier';
import type { Look, Looked } from './destination-process';
import { DockerRegistry } from './docker-registry';
import type { Generate } from './generated-source-process';
import { Handler } from './handler';
import { Copy, measure } from './measure';
import { pushRandom } from './push-random';
import { Row, rowsOf, unkept } from './rows';
import { Skopeo } from './skopeo';
import { readSource, SourceImage } from './source-image';
import { Stage } from './stage';
import { INSTALL, versionsOfTools } from './tools';
import { Background } from '../background/background';
import { Column, fixed, table } from '../table';

export interface CopyResults {
  readonly rows: readonly Row[];
  readonly broken: readonly string[];
}

/** The time limit of a function. It also stops a copy that hangs. */
const timeoutMs = (quick: boolean) => quick ? 60_000 : 900_000;
const TAG = 'v1';

const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'Image', value: row => row.image },
  { title: 'Side', value: row => row.side },
  { title: 'Runs', value: row => row.seconds.runs },
  { title: 'Seconds', value: row => fixed(row.seconds.median, 2) },
  { title: 'Ratio', value: row => row.ratio === undefined ? '-' : `${fixed(row.ratio, 2)} x` },
  { title: 'Peak MB', value: row => row.peakMB === undefined ? '-' : fixed(row.peakMB, 0) },
  { title: 'MB sent', value: row => fixed(row.received / 1_000_000, 1) },
  { title: 'Digests', value: row => row.isEqual ? 'equal' : 'differ' },
];

/** Compares the handler of ImageCopy with skopeo, the most common tool for copying images. */
export async function copy(quick: boolean, print: (text: string) => void): Promise<CopyResults> {
  const versions = versionsOfTools();
  if (!versions) {
    print(`Skipped: requires skopeo and docker-registry (${INSTALL}).\n`);
    return { rows: [], broken: [] };
  }
  print(`${versions.join(', ')}; each copy runs in a separate process.\n`);
  const stage = new Stage();
  try {
    const destination = stage.add(new Background<Look, Looked>(stage.folder, join(__dirname, 'destination-process.ts')));
    const handler = stage.add(await Handler.start(timeoutMs(quick)));
    const skopeo = stage.add(new Skopeo(stage.folder, timeoutMs(quick)));
    const registry = stage.add(await DockerRegistry.start(stage.folder));
    const rows = new Array<Row>();
    for (const subject of cases(quick)) {
      const source = await prepare(stage, registry, subject);
      rows.push(...await compare(destination, source, subject, subject.generated ? [handler] : [skopeo, handler]));
    }
    print(`${table(COLUMNS, rows)}\n`);
    return { rows, broken: rows.flatMap(unkept) };
  } finally {
    await stage.end();
  }
}

async function prepare(stage: Stage, { host }: DockerRegistry, { name, pushed, generated }: Case): Promise<SourceImage> {
  const repositoryName = name.replace(/\W+/g, '-').toLowerCase();
  if (pushed) {
    await pushRandom(host, repositoryName, TAG, pushed);
    return readSource(host, repositoryName, TAG);
  }
  const source = stage.add(new Background<Generate, { host: string }>(stage.folder, join(__dirname, 'generated-source-process.ts')));
  const { host: other } = await source.ask({ repositoryName, tag: TAG, layers: generated! });
  return readSource(other, repositoryName, TAG);
}

/** Alternates the copiers, each with its own repository, and then runs them again with all images already copied. */
async function compare(
  destination: Background<Look, Looked>, source: SourceImage, subject: Case, copiers: readonly Copier[],
): Promise<Row[]> {
  const fresh = new Map<Copier, Copy[]>(copiers.map(copier => [copier, []]));
  const again = new Map<Copier, Copy[]>(copiers.map(copier => [copier, []]));
  for (let run = 1; run <= subject.runs; run += 1) {
    for (const copies of [fresh, again]) {
      for (const copier of copiers) {
        copies.get(copier)!.push(await measure(destination, copier, source, `${source.repositoryName}-${copier.name}-${run}`));
      }
    }
  }
  return [...rowsOf(subject, source.bytes, fresh), ...rowsOf({ ...subject, name: `${subject.name}, again` }, 0, again)];
}
