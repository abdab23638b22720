import css from './page.css';
import html from './page.html';
import type { ReportData } from './report-data';
import { renderPage } from '../page/render-page';

/** The bundle of page.ts and its imports, which projenrc/bundle.ts inserts. */
declare const LIFECYCLE_PAGE_SCRIPT: string;

export function renderLifecycleReport({ title, policyText, rules, images, at }: ReportData): string {
  const data: ReportData = { title, policyText, rules, images, at };
  return renderPage({ title, html, css, script: LIFECYCLE_PAGE_SCRIPT, data });
}
