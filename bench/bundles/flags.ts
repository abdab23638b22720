import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { HANDLER_FLAGS } from '../../projenrc/bundle-flags';
import { bundleOf, root } from '../project';

/** Whether the bundle under assets/ is another one than these flags make of the handler's source now. */
export function differs(handler: string): boolean {
  const { outputFiles: [{ text }] } = buildSync({
    ...HANDLER_FLAGS,
    absWorkingDir: root,
    entryPoints: [join('lambda', handler, 'handler.ts')],
    write: false,
  });
  return text !== readFileSync(bundleOf(handler), 'utf8');
}
