/** Catalog data of a repository. Behavior and sources: README.md. */
import { createHash } from 'node:crypto';
import { AwsError, invalidParameter } from '../local-ecr/aws-error';
import { list, optionalText, requiredText } from '../local-ecr/constraints';
import { isRecord } from '../local-ecr/policy-text';

export interface CatalogData {
  readonly description?: string;
  readonly architectures?: readonly string[];
  readonly operatingSystems?: readonly string[];
  readonly logoUrl?: string;
  readonly aboutText?: string;
  readonly usageText?: string;
}

/** The input of a client, with the logo as base64. */
export interface CatalogDataInput extends Omit<CatalogData, 'logoUrl'> {
  readonly logoImageBlob?: string;
}

const MAX_LOGO_BYTES = 512_000;

export function readCatalogData(value: unknown): CatalogData | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw invalidParameter('catalogData', 'Member must be a structure');
  const text = (member: string, max: number) => optionalText(`catalogData.${member}`, value[member], { max });
  return defined({
    description: text('description', 1024),
    architectures: names('architectures', value.architectures),
    operatingSystems: names('operatingSystems', value.operatingSystems),
    logoUrl: logoUrl(value.logoImageBlob),
    aboutText: text('aboutText', 25_600),
    usageText: text('usageText', 25_600),
  });
}

/** Any name is valid. The gallery stores an unknown name, but shows no badge for it (API reference, RepositoryCatalogDataInput). */
function names(member: string, value: unknown): string[] | undefined {
  return list<unknown>(`catalogData.${member}`, value, 0, 50)
    ?.map(name => requiredText(`catalogData.${member}`, name, { min: 1, max: 50 }));
}

function logoUrl(value: unknown): string | undefined {
  const base64 = optionalText('catalogData.logoImageBlob', value);
  if (base64 === undefined) return undefined;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) {
    throw new AwsError('SerializationException', 'logoImageBlob is not base64');
  }
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > MAX_LOGO_BYTES) {
    throw invalidParameter('catalogData.logoImageBlob', `Member must have length less than or equal to ${MAX_LOGO_BYTES}`);
  }
  return `https://d3g9o9u8re44ak.cloudfront.net/logo/${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.png`;
}

function defined(data: CatalogData): CatalogData {
  return Object.fromEntries(Object.entries(data).filter(([, member]) => member !== undefined));
}
