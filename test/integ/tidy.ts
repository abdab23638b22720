import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes from each snapshot what integ-runner does not compare: the content of assets, the assertions, metadata, and the report of feature
 * flags. An asset gets an id that does not depend on its content, so that a new version of a handler changes no snapshot.
 */
export function tidySnapshots(directory: string): void {
  for (const name of readdirSync(directory).filter(each => each.endsWith('.snapshot'))) tidySnapshot(join(directory, name));
}

function tidySnapshot(snapshot: string): void {
  const pathOf = (file: string) => join(snapshot, file);
  const read = (file: string): any => JSON.parse(readFileSync(pathOf(file), 'utf8'));
  for (const file of readdirSync(snapshot).filter(each => /^asset\.|DeployAssert/.test(each))) rmSync(pathOf(file), { recursive: true });

  const documents = readdirSync(snapshot).filter(file => file.endsWith('.json'));
  const assets = documents.filter(file => file.endsWith('.assets.json')).flatMap(file => Object.entries<any>(read(file).files));
  const stableIds = assets.map(([id, { displayName }]) => [id, createHash('sha256').update(displayName).digest('hex')] as const);
  for (const file of documents) {
    const document = read(file);
    if (file === 'manifest.json') {
      const isNeeded = (id: string) => id !== 'aws-cdk-lib/feature-flag-report' && !id.includes('DeployAssert');
      document.artifacts = Object.fromEntries(Object.entries<any>(document.artifacts).filter(([id]) => isNeeded(id))
        .map(([id, { metadata, ...artifact }]) => [id, artifact]));
    }
    const text = `${JSON.stringify(document, undefined, 1)}\n`;
    writeFileSync(pathOf(file), stableIds.reduce((before, [id, stableId]) => before.replaceAll(id, stableId), text));
  }
}
