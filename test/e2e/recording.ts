import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ownTemporaryFolder } from '../temporary-folder';
import { parse, serialize } from './recording/cast';
import { record } from './recording/session';
import { animate } from './recording/svg';

const IMAGES = resolve(__dirname, '..', '..', 'docs', 'images');

/** Records the session and draws it. With `--render`, only draws the committed recording again. */
void (async () => {
  ownTemporaryFolder('recording');
  const file = join(IMAGES, 'destroy-refused.cast');
  const cast = process.argv.includes('--render') ? parse(readFileSync(file, 'utf8')) : await record();
  writeFileSync(file, serialize(cast));
  writeFileSync(join(IMAGES, 'destroy-refused.svg'), animate(cast));
})().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
