import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

const PROJECT = resolve(__dirname, '..');

export function readSource(file: string): string {
  return readFileSync(join(PROJECT, file), 'utf8');
}

/** Returns the TypeScript files of a folder of the project, those of its subfolders included. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true }).map(String)
    .filter(file => file.endsWith('.ts')).map(file => join(folder, file));
}

export function parseSource(text: string): ts.SourceFile {
  return ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
}

/** Returns the texts of a source file, concatenated as the code does it, with `…` in place of each value. */
export function concatenatedTexts(source: ts.SourceFile): string[] {
  const texts = new Array<string>();
  const textOf = (node: ts.Node): string => {
    if (ts.isStringLiteralLike(node)) return node.text;
    if (ts.isTemplateExpression(node)) {
      return node.head.text + node.templateSpans.map(({ expression, literal }) => textOf(expression) + literal.text).join('');
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return textOf(node.left) + textOf(node.right);
    if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
    ts.forEachChild(node, visit);
    return '…';
  };
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== '…') texts.push(text);
  };
  visit(source);
  return texts;
}

/** Returns every string literal, and every literal part of a template, without the names of imported modules. */
export function stringLiterals(source: ts.SourceFile): string[] {
  const texts = new Array<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

/** Docstring of an exported declaration of `src`, or of a member that users see. */
export interface PublicDocstring {
  /** Class and member, such as `Teardown.empty`. */
  readonly name: string;
  readonly kind: 'type' | 'constructor' | 'method' | 'boolean' | 'property' | 'enum member';
  /** Summary and body, without tags. */
  readonly text: string;
  /** Description of each parameter, in the order of the signature. Empty if there is none. */
  readonly parameters: ReadonlyArray<readonly [name: string, description: string]>;
  readonly throws: readonly string[];
  readonly defaults: readonly string[];
}

const KINDS: ReadonlyArray<readonly [(node: ts.Node) => boolean, PublicDocstring['kind']]> = [
  [ts.isConstructorDeclaration, 'constructor'],
  [node => ts.isMethodDeclaration(node) || ts.isMethodSignature(node), 'method'],
  [ts.isEnumMember, 'enum member'],
  [node => ts.isPropertySignature(node) && node.type?.kind === ts.SyntaxKind.BooleanKeyword, 'boolean'],
  [node => ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isGetAccessor(node), 'property'],
];

/** Returns the docstrings that jsii shows. Those of private members, and of members for this library only (`_name`), are left out. */
export function publicDocstrings(source: ts.SourceFile): PublicDocstring[] {
  return source.statements.flatMap(statement => {
    const isType = ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement) || ts.isEnumDeclaration(statement);
    if (!isType || !hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return [];
    const typeName = statement.name!.text;
    const members: ts.Node[] = [...statement.members].filter(isShown);
    return [docstringOf(statement, typeName, 'type'), ...members.flatMap(member => {
      const kind = KINDS.find(([isKind]) => isKind(member))?.[1];
      const name = kind === 'constructor' ? 'constructor' : (member as ts.NamedDeclaration).name?.getText();
      return kind === undefined ? [] : [docstringOf(member, `${typeName}.${name}`, kind)];
    })];
  });
}

function isShown(member: ts.Node): boolean {
  const name = (member as ts.NamedDeclaration).name?.getText() ?? '';
  return !hasModifier(member, ts.SyntaxKind.PrivateKeyword) && !name.startsWith('_')
    && !ts.getJSDocTags(member).some(tag => tag.tagName.text === 'internal');
}

function hasModifier(node: ts.Node, modifier: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === modifier);
}

function docstringOf(node: ts.Node, name: string, kind: PublicDocstring['kind']): PublicDocstring {
  const comment = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
  const plain = (text: Parameters<typeof ts.getTextOfJSDocComment>[0]) => (ts.getTextOfJSDocComment(text) ?? '').trim();
  const tags: readonly ts.JSDocTag[] = comment?.tags ?? [];
  const textsOf = (tagName: string) => tags.filter(tag => tag.tagName.text === tagName).map(tag => plain(tag.comment));
  const descriptions = new Map(tags.filter(ts.isJSDocParameterTag).map(tag => [tag.name.getText(), plain(tag.comment)]));
  const signature = kind === 'constructor' || kind === 'method' ? (node as ts.SignatureDeclaration).parameters : [];
  return {
    name,
    kind,
    text: plain(comment?.comment),
    parameters: signature.map(parameter => [parameter.name.getText(), descriptions.get(parameter.name.getText()) ?? '']),
    throws: textsOf('throws'),
    defaults: textsOf('default'),
  };
}

/**
 * Returns the summary as jsii cuts it: the first paragraph, or its first sentence if the paragraph has 20 words or more.
 * https://github.com/aws/jsii-compiler/blob/main/src/docs.ts
 */
export function summaryOf(text: string): string {
  const paragraphs = text.split(/\r?\n\r?\n/);
  if (paragraphs.length > 1 && paragraphs[0].split(' ').length < 20) return paragraphs[0];
  return /^[^!?.;]+[!?.;](?=\s)/.exec(text)?.[0] ?? paragraphs[0];
}
