import { createHash } from 'node:crypto';
import css from './page.css';
import html from './page.html';
import type { ReportData } from './report-data';

/** page.ts and all that it imports; projenrc/bundle.ts puts it here. */
declare const PAGE_SCRIPT: string;

/** One page that loads nothing: it can be mailed, attached to a pull request, opened years later. */
export function renderReport(input: ReportData): string {
  const { title, policyText, rules, images, at } = input;
  // the only places where these could end what holds them; the hash is that of the text as it stands in the page
  const script = PAGE_SCRIPT.replace(/<(?=\/script|script|!--)/gi, '\\x3c');
  const parts: Readonly<Record<string, string>> = {
    csp: escapeHtml(contentSecurityPolicy(script)),
    title: escapeHtml(title),
    style: css,
    script,
    data: JSON.stringify({ title, policyText, rules, images, at } satisfies ReportData).replace(/</g, '\\u003c'),
  };
  // in one pass, so that a title with braces is never filled in
  return html.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name]);
}

/**
 * Tags and descriptions are anybody's who can push. They are never parsed as HTML; should one be nevertheless, nothing in it may run, load
 * or send. Trusted Types make a browser refuse `innerHTML` and its like, from this page's own script too.
 */
function contentSecurityPolicy(script: string): string {
  return [
    'default-src \'none\'',
    `script-src '${sha256(script)}'`,
    `style-src '${sha256(css)}'`,
    'base-uri \'none\'',
    'form-action \'none\'',
    'require-trusted-types-for \'script\'',
    'trusted-types \'none\'',
  ].join('; ');
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' };
  return text.replace(/[&<>"']/g, character => entities[character]);
}
