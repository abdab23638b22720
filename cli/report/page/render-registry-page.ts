import { packWithin } from './packing/fit';
import css from './page.css';
import html from './page.html';
import { renderPage } from '../../page/render-page';
import type { RegistryReport } from '../registry-report';

/** The bundle of page.ts and its imports, which projenrc/bundle.ts inserts. */
declare const REGISTRY_PAGE_SCRIPT: string;

/** Maximum number of characters of the data, so that the page is smaller than 20 MB and opens quickly. */
const MAX_DATA = 18_500_000;

export function renderRegistryPage(report: RegistryReport): string {
  return renderPage({
    title: `Account ${report.account}`, html, css, script: REGISTRY_PAGE_SCRIPT, data: packWithin(report, MAX_DATA),
  });
}
