type Value = string | number | boolean | object | undefined;

/** Renders members in order. An array becomes several elements with the same name. */
export function xml(root: string, members: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, members)}`;
}

function element(name: string, value: Value): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((each: Value) => element(name, each)).join('');
  const content = typeof value === 'object'
    ? Object.entries(value as Record<string, Value>).map(([member, each]) => element(member, each)).join('')
    : String(value).replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
  return `<${name}>${content}</${name}>`;
}
