/** What was given, as a message shows it: short, and whatever it is. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    const text = JSON.stringify(value);
    return text.length > 400 ? `${text.slice(0, 400)}…` : text;
  } catch {
    return 'something nested too deeply'; // a text of 20 KB can hold it
  }
}

/** JSON.parse quotes what it was given, with its line breaks. */
export function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ');
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Whole seconds, in the largest unit that divides them. */
export function span(seconds: number): string {
  const [unit, size] = seconds % 86_400 === 0 ? ['day', 86_400] as const : seconds % 3_600 === 0 ? ['hour', 3_600] as const : ['second', 1] as const;
  return counted(seconds / size, unit);
}

/** A size with the unit that suits it: 1 MB is 1,000,000 bytes. */
export function bytes(count: number): string {
  const [unit, size] = count >= 1e9 ? ['GB', 1e9] as const : count >= 1e6 ? ['MB', 1e6] as const : count >= 1e3 ? ['kB', 1e3] as const : ['bytes', 1] as const;
  return `${size === 1 ? count : (count / size).toFixed(1)} ${unit}`;
}
