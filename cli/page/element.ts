type Elements = HTMLElementTagNameMap;
type Child = Node | string;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Creates every element of this page. Text becomes text nodes, so an image tag that contains HTML stays text. */
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

/** Finds an element of page.html. */
export function findPart<Type extends HTMLElement>(id: string): Type {
  const node = document.getElementById(id);
  if (!node) throw new Error(`page.html has no element '${id}'`);
  return node as Type;
}

/** Copies text. Some browsers deny the clipboard to a local file, but a selection can always be copied. */
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
