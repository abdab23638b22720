import { isJsonObject } from '../../src/core/json';

/** Modules of the names in the code: a module exports a name, or is imported as a whole under a name. */
const CORE = 'aws-cdk-lib';
const LIBRARY = 'cdk-ecr-keeper';
const WHOLE_MODULES = { ecr: 'aws-cdk-lib/aws-ecr', iam: 'aws-cdk-lib/aws-iam', kms: 'aws-cdk-lib/aws-kms' } as const;
const NAMES = {
  Duration: CORE,
  RemovalPolicy: CORE,
  Tags: CORE,
  LifecyclePolicy: LIBRARY,
  LifecycleRule: LIBRARY,
  Repository: LIBRARY,
  RepositoryLifecycle: LIBRARY,
} as const;

/** Name that the code can use. */
export type ImportedName = keyof typeof WHOLE_MODULES | keyof typeof NAMES;

/** Lines of TypeScript that declare a setting. */
export interface Code {
  readonly imports: readonly ImportedName[];
  /** Properties of the repository, without the comma. */
  readonly properties?: readonly string[];
  /** Statements about `repository`. */
  readonly statements?: readonly string[];
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** Renders a JSON value as an expression. Texts come from AWS, so control characters are escaped for the terminal. */
export function expression(value: unknown, indent = ''): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length <= 1) return `[${value.map(item => expression(item, indent)).join('')}]`;
    return `[\n${value.map(item => `${deeper}${expression(item, deeper)},\n`).join('')}${indent}]`;
  }
  if (isJsonObject(value)) {
    const lines = Object.entries(value).map(([key, item]) =>
      `${deeper}${IDENTIFIER.test(key) ? key : textLiteral(key)}: ${expression(item, deeper)},\n`);
    return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`;
  }
  return typeof value === 'string' ? textLiteral(value) : JSON.stringify(value);
}

/** Renders the declaration with the missing settings. Returns undefined if no missing setting can be declared. */
export function renderCode(codes: readonly Code[], { name, id }: { readonly name: string; readonly id: string }): string | undefined {
  if (codes.length === 0) return undefined;
  const names = new Set<ImportedName>(['Repository', ...codes.flatMap(({ imports }) => imports)]);
  return [
    ...importLines(names),
    '',
    `const repository = new Repository(this, ${textLiteral(id)}, {`,
    `  repositoryName: ${textLiteral(name)},`,
    '  // keep your other properties',
    ...codes.flatMap(({ properties = [] }) => properties).map(property => `  ${property},`),
    '});',
    ...codes.flatMap(({ statements = [] }) => statements),
    '',
  ].join('\n');
}

/** Renders the statements that import the names, of which at least one is from this library. */
export function importLines(names: ReadonlySet<ImportedName>): string[] {
  const has = (name: string) => names.has(name as ImportedName);
  const namesOf = (module: string) =>
    Object.entries(NAMES).filter(([name, from]) => from === module && has(name)).map(([name]) => name).join(', ');
  return [
    ...namesOf(CORE) === '' ? [] : [`import { ${namesOf(CORE)} } from '${CORE}';`],
    ...Object.entries(WHOLE_MODULES).filter(([name]) => has(name)).map(([name, module]) => `import * as ${name} from '${module}';`),
    `import { ${namesOf(LIBRARY)} } from '${LIBRARY}';`,
  ];
}

/** Renders a text as a literal in single quotes, without control characters. */
export function textLiteral(value: string): string {
  const content = JSON.stringify(value).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, '\\\'')
    .replace(/[\u007f-\u009f\u2028\u2029]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${content}'`;
}
