import { element } from '../../page/element';

/** Creates a big number with its name, and a smaller text. */
export function totalElement(name: string, label: string, value: string, note?: string): HTMLElement {
  return element('div', { class: `total ${name}`, id: `total-${name}` },
    element('dt', {}, label), element('dd', {}, value), ...note === undefined ? [] : [element('dd', { class: 'size' }, note)]);
}
