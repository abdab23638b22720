import { copyText, element, findPart } from './element';
import type { Fact } from './fact';

/** Shows all facts about one image, until the user chooses another image. The focus then returns to an element. */
export function showDetails(digest: string, facts: readonly Fact[], returnTo: HTMLElement): void {
  const host = findPart('details');
  const copyButton = element('button', { type: 'button', id: 'copy-digest' }, 'Copy digest');
  copyButton.addEventListener('click', () => void copyText(digest).then(() => { copyButton.textContent = 'Digest copied'; }));
  const closeButton = element('button', { type: 'button', id: 'close-details' }, 'Close');
  closeButton.addEventListener('click', () => {
    host.hidden = true;
    returnTo.focus();
  });
  host.replaceChildren(
    element('dl', {}, ...facts.flatMap(({ name, text }) => [element('dt', {}, name), element('dd', {}, text)])),
    element('div', { class: 'steps' }, copyButton, closeButton),
  );
  host.hidden = false;
  host.scrollIntoView({ block: 'nearest' });
  host.focus({ preventScroll: true });
}
