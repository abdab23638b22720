import { element } from './element';
import { inkOf, Scheme } from './palette';

/** A rule's colour and pattern, beside its name. */
export function swatch(scheme: Scheme, rule: number, rules: number): HTMLElement {
  const { colour, pattern } = inkOf(scheme, rule, rules);
  const made = element('i', { 'class': `swatch ${pattern}`, 'aria-hidden': true });
  made.style.color = colour;
  return made;
}
