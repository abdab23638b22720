import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { ReportData } from '../../cli/lifecycle-report/report-data';

const project = join(__dirname, '..', '..');

/**
 * Builds `renderLifecycleReport` like projenrc/bundle.ts for the command line. The script of the page is bundled first, and is a text in
 * the second bundle.
 */
export function bundleReport(): { readonly folder: string; readonly renderLifecycleReport: (input: ReportData) => string } {
  const page = buildSync({
    entryPoints: [join(project, 'cli/lifecycle-report/page.ts')],
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  const folder = mkdtempSync(join(tmpdir(), 'lifecycle-report-'));
  const bundle = buildSync({
    entryPoints: [join(project, 'cli/lifecycle-report/lifecycle-report.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    loader: { '.css': 'text', '.html': 'text' },
    define: { LIFECYCLE_PAGE_SCRIPT: JSON.stringify(page.outputFiles[0].text) },
    logLevel: 'warning',
  });
  const file = join(folder, 'report.cjs');
  writeFileSync(file, bundle.outputFiles[0].text);
  const { renderLifecycleReport } = createRequire(file)(file) as { renderLifecycleReport: (input: ReportData) => string };
  return { folder, renderLifecycleReport };
}
