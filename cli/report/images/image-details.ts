import { copy, element, part } from '../element';
import type { Fact } from './image-story';

/** One image in full, until another one is chosen. */
export function showDetails(digest: string, facts: readonly Fact[]): void {
  const host = part('details');
  const copying = element('button', { type: 'button', id: 'copy-digest' }, 'Copy digest');
  copying.addEventListener('click', () => void copy(digest).then(() => { copying.textContent = 'Digest copied'; }));
  const closing = element('button', { type: 'button', id: 'close-details' }, 'Close');
  closing.addEventListener('click', () => {
    host.hidden = true;
    part('list').focus();
  });
  host.replaceChildren(
    element('dl', {}, ...facts.flatMap(({ name, text }) => [element('dt', {}, name), element('dd', {}, text)])),
    element('div', { class: 'steps' }, copying, closing),
  );
  host.hidden = false;
  host.scrollIntoView({ block: 'nearest' });
  host.focus({ preventScroll: true });
}
