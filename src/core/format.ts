/** Returns any value as JSON for a message, cut after 400 characters. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    const text = JSON.stringify(value);
    return text.length > 400 ? `${text.slice(0, 400)}…` : text;
  } catch {
    return 'something nested too deeply'; // a text of 20 KB can hold it
  }
}

/**
 * Returns the text on one line without control characters. Texts come from files and from AWS, so no escape sequence may reach a terminal.
 */
export function toOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '\ufffd').trim();
}

/** Returns the text with a lowercase first letter, to continue a sentence. */
export function uncapitalize(text: string): string {
  return `${text[0].toLowerCase()}${text.slice(1)}`;
}

/** Returns the text with a capital first letter, to begin a sentence. */
export function capitalize(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}

/** Returns the count with its noun: `1 image`, `2 images`. */
export function pluralize(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Returns whole seconds in the largest unit that divides them. */
export function formatDuration(seconds: number): string {
  const [unit, size] = seconds % 86_400 === 0 ? ['day', 86_400] as const
    : seconds % 3_600 === 0 ? ['hour', 3_600] as const : ['second', 1] as const;
  return pluralize(seconds / size, unit);
}

/** Returns a size with three digits and the unit that suits it: 1 MB is 1,000,000 bytes. */
export function formatBytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3).replace(/\.0+$/, '')} ${units[unit]}`;
}
