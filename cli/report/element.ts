type Elements = HTMLElementTagNameMap;
type Child = Node | string;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** The one way in which this page makes elements. Texts become text nodes: a tag is a tag, whatever it spells. */
export function element<Name extends keyof Elements>(name: Name, attributes: Attributes = {}, ...children: Child[]): Elements[Name] {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) setAttribute(node, key, value);
  node.append(...children);
  return node;
}

export function setAttribute(target: Element, name: string, value: string | number | boolean | undefined): void {
  if (value === undefined || value === false) target.removeAttribute(name);
  else target.setAttribute(name, value === true ? '' : String(value));
}

/** Parts that page.html promises. */
export function findPart<Type extends HTMLElement>(id: string): Type {
  const node = document.getElementById(id);
  if (!node) throw new Error(`page.html has no element '${id}'`);
  return node as Type;
}

/** Browsers let a file have the clipboard or not; a selection can always be copied. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = element('textarea', { 'class': 'unseen', 'aria-hidden': 'true' });
    field.value = text;
    document.body.append(field);
    const previousFocus = document.activeElement as HTMLElement | null;
    field.select();
    document.execCommand('copy');
    field.remove();
    previousFocus?.focus();
  }
}
