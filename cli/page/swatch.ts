import { element } from './element';
import { inkOf, Scheme } from './palette';

/** Creates an element with the color and pattern of a rule, to show next to its name. */
export function createSwatch(scheme: Scheme, rule: number, rules: number): HTMLElement {
  const { colour, pattern } = inkOf(scheme, rule, rules);
  const node = element('i', { 'class': `swatch ${pattern}`, 'aria-hidden': true });
  node.style.color = colour;
  return node;
}
