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
