import { renderLifecyclePolicy } from '../../../../src/core/lifecycle/parse';
import type { Rule } from '../../../../src/core/lifecycle/rule';
import { copyText, element } from '../../../page/element';
import { ruleCells } from '../../../page/rule-cells';
import { capitalize, dayWords, formatCount, formatNumber } from '../../../page/words';
import type { PolicyEffect, PolicyFigures, Recommendation, RepositoryRecord } from '../../repository-record';
import { findingWords, formatShare, PUBLIC, sortedFindings } from '../record-words';

/** Creates the parts of an opened repository below its timeline. */
export function sectionsOf(record: RepositoryRecord): HTMLElement[] {
  const { registry, policy, recommendation, images } = record;
  return [
    section('policy', 'Lifecycle policy', policySection(policy, registry)),
    ...recommendation ? [section('recommendation', 'Recommended policy', recommendationSection(recommendation, policy))] : [],
    ...images ? [section('findings', 'Scan findings', findingsSection(images.scans))] : [],
    ...registry === PUBLIC ? [] : [section('command', 'All images', commandSection(record))],
  ];
}

function section(id: string, title: string, children: readonly HTMLElement[]): HTMLElement {
  return element('section', { id, 'aria-labelledby': `${id}-title` },
    element('div', { class: 'heading' }, element('h2', { id: `${id}-title` }, title)), ...children);
}

function policySection(policy: PolicyFigures | undefined, registry: string): HTMLElement[] {
  if (registry === PUBLIC) return [paragraph('ECR Public has no lifecycle policies.')];
  if (!policy) return [paragraph('The lifecycle policy could not be read.')];
  if (policy.kind === 'none') return [paragraph('The repository has no lifecycle policy, so ECR removes none of its images.')];
  if (policy.kind === 'unknown') {
    return [paragraph(`The policy cannot be simulated. ${policy.reason}`), jsonOf(policy.text)];
  }
  const { rules, effect, warnings, text } = policy;
  return [
    effectTable('Effect', [['Current policy', effect]]),
    ruleTable(rules),
    ...warnings.length === 0 ? [paragraph('No warnings about this policy.')] : [
      element('ul', { 'class': 'warnings', 'aria-label': 'Warnings' }, ...warnings.map(({ code, message }) =>
        element('li', {}, element('code', {}, code), element('span', {}, message)))),
    ],
    jsonOf(text),
  ];
}

function recommendationSection(recommendation: Recommendation, policy: PolicyFigures | undefined): HTMLElement[] {
  if (recommendation.kind === 'none') return [paragraph(recommendation.reason)];
  const { rules, reasons, effect, typescript } = recommendation;
  const current: Array<[string, PolicyEffect]> = policy?.kind === 'policy' ? [['Current policy', policy.effect]] : [];
  return [
    element('ul', { 'class': 'reasons', 'aria-label': 'Reasons' }, ...reasons.map(reason => element('li', {}, reason))),
    effectTable('Effect of the recommended policy', [...current, ['Recommended policy', effect]]),
    ruleTable(rules),
    element('div', { class: 'heading code' }, element('h3', {}, 'For a stack'), element('span', { class: 'steps' },
      createCopyButton('copy-code', 'TypeScript', typescript), createCopyButton('copy-json', 'JSON', renderLifecyclePolicy(rules)))),
    element('pre', { 'tabindex': 0, 'aria-label': 'Recommended policy as TypeScript', 'id': 'typescript' }, typescript),
    paragraph('The JSON is the text that aws ecr put-lifecycle-policy --lifecycle-policy-text takes. The policy of a stack belongs in the'
      + ' stack.'),
  ];
}

function createCopyButton(id: string, subject: string, text: string): HTMLElement {
  const button = element('button', { type: 'button', id }, `Copy ${subject}`);
  button.addEventListener('click', () => void copyText(text).then(() => { button.textContent = capitalize(`${subject} copied`); }));
  return button;
}

function findingsSection({ scanned, newest }: NonNullable<RepositoryRecord['images']>['scans']): HTMLElement[] {
  if (!newest) return [paragraph('No image has a result of a scan.')];
  const findings = sortedFindings(newest.findings);
  return [
    element('p', {}, `${formatCount(scanned, 'image has', 'images have')} a result of a scan. The scanned image that was pushed last is `,
      element('span', { class: 'hash digest' }, newest.digest), findings.length === 0 ? '. It has no findings.' : '. It has:'),
    ...findings.length === 0 ? [] : [
      element('ul', { 'class': 'severities', 'aria-label': 'Findings' }, ...findings.map(([severity, count]) =>
        element('li', { class: severity === 'CRITICAL' ? 'tone-danger' : '' }, findingWords(severity, count)))),
    ],
  ];
}

/** Returns the command whose report has every image. Undefined if there is no policy to simulate. */
export function simulateCommand({ name, registry, policy, recommendation }: RepositoryRecord): string | undefined {
  if (policy?.kind !== 'policy' && recommendation?.kind !== 'policy') return undefined;
  const quote = (text: string) => /^[\w./-]+$/.test(text) ? text : `'${text.replace(/'/g, '\'\\\'\'')}'`;
  const file = `${name.split('/').pop()!.replace(/[^\w.-]+/g, '-') || 'repository'}.html`;
  return `npx cdk-ecr-keeper simulate --repository ${quote(name)} --region ${quote(registry)}`
    + `${policy?.kind === 'policy' ? '' : ' --policy policy.json'} --html ${file}`;
}

function commandSection(record: RepositoryRecord): HTMLElement[] {
  const command = simulateCommand(record);
  if (command === undefined) {
    return [paragraph('The command simulate writes a report with every image, and what each rule does to it. It needs a lifecycle policy in'
      + ' a file, because the report has none for this repository that it can simulate.')];
  }
  return [
    element('div', { class: 'heading code' },
      paragraph(`${record.policy?.kind === 'policy' ? '' : 'Save the recommended policy as policy.json first (Copy JSON). '}This command`
        + ' writes a report with every image, and what each rule does to it.'),
      createCopyButton('copy-command', 'command', command)),
    element('pre', { 'tabindex': 0, 'aria-label': 'Command', 'id': 'simulate' }, command),
  ];
}

function effectTable(caption: string, rows: ReadonlyArray<[name: string, effect: PolicyEffect]>): HTMLElement {
  const cell = (label: string, text: string) => element('td', { 'class': 'figure', 'data-label': label }, text);
  const titles = ['Removes now', 'Removes in 30 days', 'Archives now', 'Archives in 30 days', 'Next change'];
  return element('table', { class: 'rules effects' },
    element('caption', { class: 'unseen' }, caption),
    element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Policy'),
      ...titles.map(title => element('th', { scope: 'col', class: 'figure' }, title)))),
    element('tbody', {}, ...rows.map(([name, { expiresNow, expiresWithin30Days, archivesNow, archivesWithin30Days, nextDay }]) =>
      element('tr', {}, element('th', { scope: 'row' }, name),
        ...[expiresNow, expiresWithin30Days, archivesNow, archivesWithin30Days].map((share, place) =>
          cell(titles[place], share.count === 0 ? '–' : formatShare(share))),
        cell(titles[4], nextDay === undefined ? '–' : dayWords(nextDay))))));
}

function ruleTable(rules: readonly Rule[]): HTMLElement {
  return element('table', { class: 'rules' },
    element('caption', { class: 'unseen' }, 'Rules'),
    element('thead', {}, element('tr', {}, ...['Rule', 'Selects', 'Action'].map(title => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, ...rules.map(rule => element('tr', {},
      element('th', { scope: 'row', class: 'figure' }, formatNumber(rule.rulePriority)), ...ruleCells(rule)))));
}

function jsonOf(text: string): HTMLElement {
  return element('details', {}, element('summary', {}, 'Policy as JSON'),
    element('pre', { 'tabindex': 0, 'aria-label': 'Policy as JSON', 'id': 'policy-text' }, prettyPrint(text)));
}

function prettyPrint(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function paragraph(text: string): HTMLElement {
  return element('p', { class: 'muted' }, text);
}
