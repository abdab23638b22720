import { element } from './element';
import { actionWord, capitalize, conditionWords, selectionWords } from './words';
import { keeps, Rule } from '../../src/core/lifecycle/rule';

/** Creates the cells of a table that say what a rule selects, and its action. Undefined is for the images that no rule selects. */
export function ruleCells(rule: Rule | undefined): HTMLElement[] {
  const action = rule ? actionWord(rule) : 'Keep';
  return [
    element('td', { class: 'selects' }, ...rule ? [
      element('span', { class: 'which' }, capitalize(selectionWords(rule))),
      ...keeps(rule) ? [] : [element('span', { class: 'condition' }, conditionWords(rule))],
      ...rule.description ? [element('span', { class: 'description muted' }, rule.description)] : [],
    ] : [element('span', { class: 'which' }, 'Images that no rule selects')]),
    element('td', { class: 'action' }, element('span', { class: `badge ${action.toLowerCase()}` }, action)),
  ];
}
