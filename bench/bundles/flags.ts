import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { HANDLER_FLAGS } from '../../projenrc/bundle-flags';
import { bundleOf, root } from '../project';

/** Whether the bundle in assets/ differs from the result of these flags and the current source of the handler. */
export function differs(handler: string): boolean {
  const { outputFiles: [{ text }] } = buildSync({
    ...HANDLER_FLAGS,
    absWorkingDir: root,
    entryPoints: [join('lambda', handler, 'handler.ts')],
    write: false,
  });
  return text !== readFileSync(bundleOf(handler), 'utf8');
}
