import { element, part } from './element';
import type { ReportData } from './report-data';
import { lifecycleWarnings } from '../../src/core/lifecycle/warnings';

export function showPolicy({ policyText }: ReportData, warnings: ReturnType<typeof lifecycleWarnings>): void {
  const list = part('warnings');
  if (warnings.length === 0) list.replaceWith(element('p', { class: 'muted' }, 'No warnings about this policy.'));
  else list.append(...warnings.map(({ code, message }) => element('li', {}, element('code', {}, code), element('span', {}, message))));
  part('policy-text').textContent = pretty(policyText);
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
