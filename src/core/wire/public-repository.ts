import { decodeGuards, encodeGuards } from './guards';
import { flag, oneOf, optionalText, text, texts, WireError } from './scalars';
import { decodeStatements } from './statements';
import { decodeAudit, encodeAudit, ON_STACK_DELETE } from './teardown';
import { Statement } from '../policy/document';
import { parsePublicRepositoryArn } from '../public-repository/arn';
import { CatalogTexts } from '../public-repository/catalog';
import { publicRepositoryNameProblems } from '../public-repository/name';
import type { Tags } from '../repository-tags';
import type { AuditPlan, TeardownGuards } from '../teardown/guards';

/** Contract between `src/private` and `lambda/public-repository`: all settings of a repository of ECR Public. */
export const PUBLIC_REPOSITORY_RESOURCE_TYPE = 'Custom::EcrPublicRepository';
export const PUBLIC_REPOSITORY_HANDLER = 'public-repository';

/** Location of the logo for the gallery. */
export interface LogoObject {
  readonly bucket: string;
  readonly key: string;
}

export interface PublicRepositoryProperties {
  readonly repositoryArn: string;
  /** Undefined if the template has no catalog data, so that an existing gallery entry is not changed. */
  readonly catalog?: CatalogTexts;
  readonly logo?: LogoObject;
  readonly tags: Tags;
  /** Complete policy. Undefined if the template has no statement. */
  readonly statements?: readonly Statement[];
  readonly onStackDelete: typeof ON_STACK_DELETE[number];
  readonly guards: TeardownGuards;
  /** Value whose change empties the repository. */
  readonly emptyTrigger?: string;
  readonly audit: AuditPlan;
}

/** Properties in the template. Statements are JSON text, so that CloudFormation does not change their scalars. Tags can be a token. */
export interface PublicRepositoryTemplate extends Omit<PublicRepositoryProperties, 'statements' | 'tags'> {
  readonly statements?: string;
  readonly tags: unknown;
}

/** Encodes the properties for the template. Values can be CDK tokens and are not changed. */
export function encodePublicRepository(properties: PublicRepositoryTemplate): Record<string, unknown> {
  const { catalog, logo } = properties;
  const some = (names: readonly string[] | undefined) => names !== undefined && names.length > 0 ? names : undefined;
  return {
    RepositoryArn: properties.repositoryArn,
    HasCatalog: catalog !== undefined,
    Description: catalog?.description || undefined,
    AboutText: catalog?.aboutText || undefined,
    UsageText: catalog?.usageText || undefined,
    Architectures: some(catalog?.architectures),
    OperatingSystems: some(catalog?.operatingSystems),
    LogoBucket: logo?.bucket,
    LogoKey: logo?.key,
    Tags: properties.tags,
    Statements: properties.statements,
    OnStackDelete: properties.onStackDelete,
    ...encodeGuards(properties.guards),
    EmptyTrigger: properties.emptyTrigger,
    ...encodeAudit(properties.audit),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodePublicRepository(raw: Readonly<Record<string, unknown>>): PublicRepositoryProperties {
  const repositoryArn = text(raw, 'RepositoryArn');
  const name = parsePublicRepositoryArn(repositoryArn)?.repositoryName;
  if (name === undefined || publicRepositoryNameProblems(name).length > 0) {
    throw new WireError(
      'RepositoryArn', 'the ARN of a public repository, with a name of 2 to 205 characters: [a-z0-9], separated by . _ - or /',
      repositoryArn,
    );
  }
  const logoKey = optionalText(raw, 'LogoKey');
  const catalog = {
    description: words(raw, 'Description'),
    aboutText: words(raw, 'AboutText'),
    usageText: words(raw, 'UsageText'),
    architectures: texts(raw, 'Architectures'),
    operatingSystems: texts(raw, 'OperatingSystems'),
  };
  return {
    repositoryArn,
    catalog: flag(raw, 'HasCatalog') ? catalog : undefined,
    logo: logoKey === undefined ? undefined : { bucket: text(raw, 'LogoBucket'), key: logoKey },
    tags: tagsOf(raw.Tags),
    statements: statementsOf(words(raw, 'Statements')),
    onStackDelete: oneOf(raw, 'OnStackDelete', ON_STACK_DELETE),
    guards: decodeGuards(raw),
    emptyTrigger: optionalText(raw, 'EmptyTrigger'),
    audit: decodeAudit(raw),
  };
}

/** Decodes a text that may be empty at deployment, which means that it is not set. */
function words(raw: Readonly<Record<string, unknown>>, property: string): string | undefined {
  return raw[property] === '' ? undefined : optionalText(raw, property);
}

function tagsOf(value: unknown): Tags {
  if (value === undefined || value === '') return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new WireError('Tags', 'an object of texts', value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}

function statementsOf(json: string | undefined): readonly Statement[] | undefined {
  const statements = json === undefined ? [] : decodeStatements(json);
  return statements.length === 0 ? undefined : statements;
}
