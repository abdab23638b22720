import type { ReportData } from './report-data';
import { lifecycleWarnings } from '../../src/core/lifecycle/warnings';
import { element, findPart } from '../page/element';

export function showPolicy({ policyText }: ReportData, warnings: ReturnType<typeof lifecycleWarnings>): void {
  const list = findPart('warnings');
  if (warnings.length === 0) list.replaceWith(element('p', { class: 'muted' }, 'No warnings about this policy.'));
  else list.append(...warnings.map(({ code, message }) => element('li', {}, element('code', {}, code), element('span', {}, message))));
  findPart('policy-text').textContent = prettyPrint(policyText);
}

function prettyPrint(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
