const violations = new Array<string>();

/** Remembers an answer of a fake that AWS does not give. */
export function recordViolation(text: string): void {
  violations.push(text);
}

/** Returns what was remembered, and forgets it. */
export function takeViolations(): string[] {
  return violations.splice(0);
}

/** Fails if a fake gave an answer that AWS does not give, even if nothing else noticed. */
export function failOnViolations(): void {
  const found = [...new Set(takeViolations())];
  if (found.length > 0) throw new Error(`a fake gave an answer that the model of the SDK does not have:\n${found.join('\n')}`);
}
