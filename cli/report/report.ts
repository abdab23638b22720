import { createHash } from 'node:crypto';
import css from './page.css';
import html from './page.html';
import type { ReportData } from './report-data';

/** The bundle of page.ts and its imports, which projenrc/bundle.ts inserts. */
declare const PAGE_SCRIPT: string;

/** Renders one page that loads nothing, so that you can mail it, attach it to a pull request, or open it years later. */
export function renderReport(input: ReportData): string {
  const { title, policyText, rules, images, at } = input;
  // Escape every text that could end the script element. The hash is the hash of the escaped text.
  const script = PAGE_SCRIPT.replace(/<(?=\/script|script|!--)/gi, '\\x3c');
  const parts: Readonly<Record<string, string>> = {
    csp: escapeHtml(contentSecurityPolicy(script)),
    title: escapeHtml(title),
    style: css,
    script,
    data: JSON.stringify({ title, policyText, rules, images, at } satisfies ReportData).replace(/</g, '\\u003c'),
  };
  // In one pass, so that braces in a title are not replaced.
  return html.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name]);
}

/**
 * Returns a policy that prevents any text in the page from running, loading, or sending anything. Everybody who can push controls tags and
 * descriptions. The page never parses them as HTML, and Trusted Types also block `innerHTML` and similar calls in its own script.
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
