import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { makeLazy } from '../../projenrc/lazy-loading';
import { root } from '../project';

/**
 * The current library as JavaScript, like the package, with its assets and peers. No loader affects the time of a synthesis.
 */
export class CompiledLibrary {
  readonly folder = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  readonly program = join(this.folder, 'bench', 'app-process.js');

  constructor() {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
    buildSync({
      entryPoints: [
        ...sources.map(file => ({ in: join(root, 'src', file), out: join('lib', file.replace(/\.ts$/, '')) })),
        { in: join(__dirname, 'app-process.ts'), out: 'bench/app-process' },
      ],
      outdir: this.folder,
      platform: 'node',
      format: 'cjs',
      target: 'es2022',
    });
    for (const name of ['assets', 'node_modules']) symlinkSync(join(root, name), join(this.folder, name));
    makeLazy(join(this.folder, 'lib'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
