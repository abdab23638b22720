/** JSON value in which the names of properties and repeated texts stand once. A report has tens of thousands of objects of a few shapes. */
export interface Packed {
  /** Names of the properties of each kind of object. */
  readonly shapes: ReadonlyArray<readonly string[]>;
  /** Texts that occur more than once. */
  readonly texts: readonly string[];
  readonly value: PackedValue;
}

/**
 * A text that occurs once begins with `=`, and other strings are the number of a text. An array begins with the number of its shape, or
 * with -1 if it packs an array.
 */
export type PackedValue = string | number | boolean | null | readonly PackedValue[];

const ARRAY = -1;
const RADIX = 36;

export function pack(input: unknown): Packed {
  const repeatedTexts = new Map<string, string>();
  const seenTexts = new Set<string>();
  const texts = new Array<string>();
  eachText(input, text => {
    if (seenTexts.has(text) && !repeatedTexts.has(text)) repeatedTexts.set(text, (texts.push(text) - 1).toString(RADIX));
    seenTexts.add(text);
  });
  const shapes = new Array<readonly string[]>();
  const places = new Map<string, number>();
  const packValue = (value: unknown): PackedValue => {
    if (typeof value === 'string') return repeatedTexts.get(value) ?? `=${value}`;
    if (Array.isArray(value)) return [ARRAY, ...value.map(packValue)];
    if (typeof value !== 'object' || value === null) return value as PackedValue;
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    const names = entries.map(([name]) => name);
    const shape = JSON.stringify(names);
    if (!places.has(shape)) places.set(shape, shapes.push(names) - 1);
    return [places.get(shape)!, ...entries.map(([, member]) => packValue(member))];
  };
  const value = packValue(input);
  return { shapes, texts, value };
}

export function unpack({ shapes, texts, value }: Packed): unknown {
  const unpackValue = (packed: PackedValue): unknown => {
    if (typeof packed === 'string') return packed.startsWith('=') ? packed.slice(1) : texts[parseInt(packed, RADIX)];
    if (typeof packed !== 'object' || packed === null) return packed;
    const [shape, ...members] = packed;
    if (shape === ARRAY) return members.map(unpackValue);
    return Object.fromEntries(shapes[shape as number].map((name, place) => [name, unpackValue(members[place])]));
  };
  return unpackValue(value);
}

function eachText(value: unknown, visit: (text: string) => void): void {
  if (typeof value === 'string') visit(value);
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) eachText(member, visit);
}
