const compiled = new Map<string, RegExp>();

/** `*` is any run of characters, `?` exactly one. */
export function globMatches(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern);
  if (!expression) {
    const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
    expression = new RegExp(`^${source}$`, 's');
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}

/** The Resource element: `*` alone is every resource, anything else an ARN pattern. */
export function resourceMatches(pattern: string, arn: string): boolean {
  return pattern === '*' || arnMatches(pattern, arn);
}

/** Six colon-delimited components, each compared on its own; the last one keeps its colons. */
export function arnMatches(pattern: string, arn: string): boolean {
  const wanted = components(pattern);
  const found = components(arn);
  return wanted.length === found.length && wanted.every((component, index) => globMatches(component, found[index]));
}

function components(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
