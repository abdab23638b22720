const compiled = new Map<string, RegExp>();

/** `*` matches any characters, and `?` matches exactly one character. */
export function globMatches(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern);
  if (!expression) {
    const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
    expression = new RegExp(`^${source}$`, 's');
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}

/** Matches the Resource element: `*` means every resource, and other values are ARN patterns. */
export function resourceMatches(pattern: string, arn: string): boolean {
  return pattern === '*' || arnMatches(pattern, arn);
}

/** Compares the six components of an ARN separately. The last component can contain colons. */
export function arnMatches(pattern: string, arn: string): boolean {
  const wanted = components(pattern);
  const found = components(arn);
  return wanted.length === found.length && wanted.every((component, index) => globMatches(component, found[index]));
}

function components(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
