/**
 * JSON as Jackson pretty-prints it, which is how ECR answers `policyText` (output of the examples of `aws ecr set-repository-policy`
 * in the AWS CLI reference): lists in one line, ` : ` between key and value.
 */
export function prettyPrinted(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return value.length === 0 ? '[ ]' : `[ ${value.map(item => prettyPrinted(item, indent)).join(', ')} ]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const inner = `${indent}  `;
  const members = Object.entries(value).map(([key, member]) => `${inner}${JSON.stringify(key)} : ${prettyPrinted(member, inner)}`);
  return members.length === 0 ? '{ }' : `{\n${members.join(',\n')}\n${indent}}`;
}

/** Reverses every key and every list, so that a comparison of texts, or of lists by position, fails. */
export function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed).reverse();
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, reversed(member)]).reverse());
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the value of a JSON text, or undefined if it is invalid. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
