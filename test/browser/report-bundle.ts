import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { ReportData } from '../../cli/lifecycle-report/report-data';
import type { RegistryReport } from '../../cli/report/registry-report';
import { PAGE_FLAGS } from '../../projenrc/bundle-flags';

const project = join(__dirname, '..', '..');

export function bundleReport(): { readonly folder: string; readonly renderLifecycleReport: (input: ReportData) => string } {
  const { folder, exports } = bundle('cli/lifecycle-report/page.ts', 'LIFECYCLE_PAGE_SCRIPT', 'cli/lifecycle-report/lifecycle-report.ts');
  return { folder, ...exports as { renderLifecycleReport: (input: ReportData) => string } };
}

export function bundleRegistryReport(): { readonly folder: string; readonly renderRegistryPage: (report: RegistryReport) => string } {
  const { folder, exports } = bundle('cli/report/page/page.ts', 'REGISTRY_PAGE_SCRIPT', 'cli/report/page/render-registry-page.ts');
  return { folder, ...exports as { renderRegistryPage: (report: RegistryReport) => string } };
}

/**
 * Builds the module that renders a page like projenrc/bundle.ts for the command line. The script of the page is bundled first, and is a
 * text in the second bundle.
 */
function bundle(script: string, constant: string, module: string): { readonly folder: string; readonly exports: unknown } {
  const page = buildSync({ ...PAGE_FLAGS, entryPoints: [join(project, script)], write: false });
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  const renderer = buildSync({
    entryPoints: [join(project, module)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    loader: { '.css': 'text', '.html': 'text' },
    define: { [constant]: JSON.stringify(page.outputFiles[0].text) },
    logLevel: 'warning',
  });
  const file = join(folder, 'report.cjs');
  writeFileSync(file, renderer.outputFiles[0].text);
  return { folder, exports: createRequire(file)(file) };
}
