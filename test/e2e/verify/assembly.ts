import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Names } from '../names';

/** Adds the prefix to the names of the stacks in a cloud assembly, and to the names in their templates, before the CDK CLI reads it. */
export function renameStacks(directory: string, names: Names): void {
  if (names.prefix === '') return;
  const file = join(directory, 'manifest.json');
  let text = readFileSync(file, 'utf8');
  const manifest = JSON.parse(text) as { artifacts: Record<string, { type: string; properties?: Record<string, string> }> };
  for (const [id, { type, properties = {} }] of Object.entries(manifest.artifacts)) {
    if (type !== 'aws:cloudformation:stack') continue;
    if ((properties.stackName ?? '').startsWith(names.prefix)) return;
    properties.stackName = names.full(properties.stackName ?? id);
  }
  text = JSON.stringify(manifest);
  for (const { type, properties = {} } of Object.values(manifest.artifacts)) {
    if (type !== 'aws:cloudformation:stack') continue;
    const template = join(directory, properties.templateFile);
    const [before, after] = [readFileSync(template, 'utf8'), names.template(readFileSync(template, 'utf8'))];
    writeFileSync(template, after);
    // The CLI does not upload a template again whose hash is already in the bucket.
    const [former, hash] = [before, after].map(each => createHash('sha256').update(each).digest('hex'));
    const named = (each: string) => each.replaceAll(`${former}.json`, `${names.prefix}templates/${hash}.json`).replaceAll(former, hash);
    text = named(text);
    for (const assets of readdirSync(directory).filter(name => name.endsWith('.assets.json'))) {
      writeFileSync(join(directory, assets), named(readFileSync(join(directory, assets), 'utf8')));
    }
  }
  writeFileSync(file, text);
}
