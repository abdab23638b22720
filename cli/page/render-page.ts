import { createHash } from 'node:crypto';
import base from './base.css';

export interface Page {
  readonly title: string;
  /** Template with the names of the other parts in double braces. */
  readonly html: string;
  /** Style sheet that follows base.css. */
  readonly css: string;
  /** Bundled script, which reads the element `data`. */
  readonly script: string;
  /** JSON input of the script. */
  readonly data: unknown;
}

/** Renders one page that loads nothing, so that you can mail it, attach it to a pull request, or open it years later. */
export function renderPage({ title, html, css, script, data }: Page): string {
  // Escape every text that could end the script element. The hash is the hash of the escaped text.
  const escapedScript = script.replace(/<(?=\/script|script|!--)/gi, '\\x3c');
  const style = `${base}${css}`;
  const parts: Readonly<Record<string, string>> = {
    csp: escapeHtml(contentSecurityPolicy(escapedScript, style)),
    title: escapeHtml(title),
    style,
    script: escapedScript,
    data: JSON.stringify(data).replace(/</g, '\\u003c'),
  };
  // In one pass, so that braces in a title are not replaced.
  return html.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name]);
}

/**
 * Returns a policy that prevents any text in the page from running, loading, or sending anything. Everybody who can push controls tags and
 * descriptions. The page never parses them as HTML, and Trusted Types also block `innerHTML` and similar calls in its own script.
 */
function contentSecurityPolicy(script: string, style: string): string {
  return [
    'default-src \'none\'',
    `script-src '${sha256(script)}'`,
    `style-src '${sha256(style)}'`,
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
