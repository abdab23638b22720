import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { BUNDLE_FLAGS } from '../../projenrc/bundle-flags';
import { bundleOf, root } from '../project';

export { BUNDLE_FLAGS };

/** Whether the bundle under assets/ is another one than these flags make of the handler's source now. */
export function differs(handler: string): boolean {
  const { outputFiles: [{ text }] } = buildSync({
    ...BUNDLE_FLAGS,
    mainFields: [...BUNDLE_FLAGS.mainFields],
    absWorkingDir: root,
    entryPoints: [join('lambda', handler, 'handler.ts')],
    write: false,
  });
  return text !== readFileSync(bundleOf(handler), 'utf8');
}
