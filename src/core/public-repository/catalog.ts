/** Catalog data that the gallery shows for a public repository, without the logo. */
export interface CatalogTexts {
  readonly description?: string;
  readonly aboutText?: string;
  readonly usageText?: string;
  readonly architectures?: readonly string[];
  readonly operatingSystems?: readonly string[];
}

/** https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_RepositoryCatalogDataInput.html */
const MAX_TEXT = { description: 1_024, aboutText: 25_600, usageText: 25_600 } as const;
const MAX_NAMES = 50;
const MAX_NAME = 50;
const MAX_LOGO_BYTES = 512_000;
const LOGO_SIDE = { min: 60, max: 2_048 } as const;

export const TEXT_MEMBERS = ['description', 'aboutText', 'usageText'] as const;
export const LIST_MEMBERS = ['architectures', 'operatingSystems'] as const;

/** `isKnown` returns false for values that are known only at deployment. They are not checked. */
export function catalogProblems(catalog: CatalogTexts, isKnown: (value: unknown) => boolean): string[] {
  return [
    ...TEXT_MEMBERS.flatMap(member => {
      const length = isKnown(catalog[member]) ? catalog[member]?.length ?? 0 : 0;
      return length <= MAX_TEXT[member] ? [] : [`'catalogData.${member}' must have at most ${MAX_TEXT[member]} characters, got: ${length}`];
    }),
    ...LIST_MEMBERS.flatMap(member => nameProblems(`catalogData.${member}`, catalog[member], isKnown)),
  ];
}

function nameProblems(property: string, names: readonly string[] | undefined, isKnown: (value: unknown) => boolean): string[] {
  if (names === undefined || !isKnown(names)) return [];
  return [
    ...names.length <= MAX_NAMES ? [] : [`'${property}' must have at most ${MAX_NAMES} entries, got: ${names.length}`],
    ...names.flatMap((name, index) => !isKnown(name) || (name.length >= 1 && name.length <= MAX_NAME) ? []
      : [`'${property}[${index}]' must have between 1 and ${MAX_NAME} characters, got: ${name.length}`]),
  ];
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Reads the size from the first chunk, IHDR, with which every PNG begins. https://www.w3.org/TR/png-3/#11IHDR */
export function logoProblems(bytes: Uint8Array, property = 'catalogData.logo'): string[] {
  const isPng = bytes.length >= 24 && PNG_SIGNATURE.every((byte, at) => bytes[at] === byte)
    && String.fromCharCode(...bytes.subarray(12, 16)) === 'IHDR';
  if (!isPng) return [`'${property}' must be a PNG file, got something else`];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const fits = [width, height].every(side => side >= LOGO_SIDE.min && side <= LOGO_SIDE.max);
  return [
    ...fits ? [] : [`'${property}' must be between ${LOGO_SIDE.min} and ${LOGO_SIDE.max} pixels wide and high, got: ${width} x ${height}`],
    ...bytes.length <= MAX_LOGO_BYTES ? [] : [`'${property}' must have at most ${MAX_LOGO_BYTES} bytes, got: ${bytes.length}`],
  ];
}

/** The gallery ignores the order of names, and white space around a text. */
export function sameCatalog(one: CatalogTexts, other: CatalogTexts): boolean {
  return differingMembers(one, other).length === 0;
}

export function differingMembers(one: CatalogTexts, other: CatalogTexts): string[] {
  const text = (value = '') => value.replace(/\r\n/g, '\n').trim();
  const names = (values: readonly string[] = []) => JSON.stringify([...new Set(values)].sort());
  return [
    ...TEXT_MEMBERS.filter(member => text(one[member]) !== text(other[member])),
    ...LIST_MEMBERS.filter(member => names(one[member]) !== names(other[member])),
  ];
}
