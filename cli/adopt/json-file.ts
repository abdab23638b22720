import { stat } from 'node:fs/promises';
import { toOneLine } from '../../src/core/format';
import { isJsonObject, JsonObject } from '../../src/core/json';
import { Failure } from '../failure';
import { readText } from '../files';

/** Far above the manifests of large apps. CloudFormation allows templates of 1 MB. Node.js cannot read a text of more than 512 MB. */
const MAX_MEGABYTES = 256;

export async function readJsonObject(file: string): Promise<JsonObject> {
  const size = await stat(file).then(stats => stats.size, () => 0); // readText reports why the file cannot be read
  if (size > MAX_MEGABYTES * 1e6) throw new Failure([`${file}: larger than ${MAX_MEGABYTES} MB, so it cannot be a template or a manifest`]);
  const text = await readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure([`${file}: invalid JSON: ${toOneLine((error as Error).message)}`]);
  }
  if (!isJsonObject(value)) throw new Failure([`${file}: must be a JSON object`]);
  return value;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
