import { element } from './element';
import { inkOf, Scheme } from './palette';

/** A rule's colour and pattern, beside its name. */
export function createSwatch(scheme: Scheme, rule: number, rules: number): HTMLElement {
  const { colour, pattern } = inkOf(scheme, rule, rules);
  const node = element('i', { 'class': `swatch ${pattern}`, 'aria-hidden': true });
  node.style.color = colour;
  return node;
}
