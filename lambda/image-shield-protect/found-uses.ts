import { UseCollection } from './uses';
import { parseFoundUse } from '../../src/core/shield/found-use';
import { usesPrefix } from '../../src/core/shield/keys';
import type { ShieldObjects } from '../shared/shield/objects';

/** Reads the images in use that the collectors of a run wrote for a partition. */
export async function readUses(objects: ShieldObjects, run: string, partition: string): Promise<UseCollection> {
  const uses = new UseCollection();
  for await (const key of objects.keys(usesPrefix(run, partition))) {
    let line = 0;
    for await (const text of (await objects.readLines(key))?.lines ?? []) {
      line++;
      if (text === '') continue;
      const use = parseFoundUse(text);
      if (!use) throw new Error(`s3://${objects.bucket}/${key}, line ${line} is not a use of an image. Start another run.`);
      uses.add(use);
    }
  }
  return uses;
}
