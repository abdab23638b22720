import { packReport } from './packing/pack-report';
import css from './page.css';
import html from './page.html';
import { renderPage } from '../../page/render-page';
import type { RegistryReport } from '../registry-report';

/** The bundle of page.ts and its imports, which projenrc/bundle.ts inserts. */
declare const REGISTRY_PAGE_SCRIPT: string;

export function renderRegistryPage(report: RegistryReport): string {
  return renderPage({ title: `Account ${report.account}`, html, css, script: REGISTRY_PAGE_SCRIPT, data: packReport(report) });
}
