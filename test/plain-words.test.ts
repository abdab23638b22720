import { parseSource, PublicDocstring, publicDocstrings, readSource, sourceFiles, stringLiterals, summaryOf } from './source-texts';

/** Words that leave open what a summary is about. It is shown without the name of its member, for example in a tooltip. */
const OPENINGS = [
  'What', 'Where', 'How', 'When', 'Why', 'Who', 'Whose', 'Which', 'Of', 'Its', 'It', 'Their', 'They', 'This', 'These', 'That', 'Those',
  'Another', 'At most', 'At least', 'If', 'So that', 'Only', 'Also', 'Not', 'None', 'Same', 'The same', 'As', 'For', 'By', 'From',
  'Because', 'Since', 'But', 'And', 'Or', 'Then', 'There',
];
const FORBIDDEN_OPENING = new RegExp(`^(${OPENINGS.join('|')})\\b`);

/** A type or a property is a noun; only a method begins with such a verb. */
const VERB = /^(Adds|Allows|Checks|Copies|Creates|Deletes|Grants|Imports|Keeps|Moves|Removes|Returns|Sets|Uses|Writes)\b/;

/** Numbers and comparisons. A limit that stands only in `@throws` is lost in languages that do not have the tag. */
const LIMIT = /\d[\d,]*|\bat (?:most|least)\b|\bwhole\b|\binteger\b|\bbetween\b|\bmore than\b/g;

/** A dash between a problem and its remedy. A message has two sentences there. */
const DASH = / — | —$|^ ?— /;

/** Words of which a native speaker stumbles over each, because the field has a term for it. */
const WORDS = new RegExp(`\\b(${[
  'things?', 'deeds?', 'hangs? (?:on|at)', 'speaks? (?:for|of|against)', 'has a say', '(?:is|are|was|were) none', 'anew', 'whoever',
  'but for', 'of (?:its|their|his) own', 'likewise', 'the like', 'seldom', 'parted by', 'at deploy', 'heeds?', 'mends?', 'mended',
  'goes (?:by|on)', 'nothing is lost', 'in vain', 'for want of', 'looks after', 'also that of', 'what is there', 'no more than is',
  'thereby', 'whereby', 'synthesise[ds]?', 'recognise[ds]?', 'behaviours?',
].join('|')})\\b`, 'gi');

function forbiddenWords(text: string): string[] {
  return [...text.matchAll(WORDS)].map(([word]) => word);
}

function phraseProblems(text: string): string[] {
  if (text === '') return ['has no text'];
  return [
    .../^[A-Z]/.test(text) ? [] : ['does not begin with a capital letter'],
    ...FORBIDDEN_OPENING.test(text) ? ['has an opening that does not stand alone'] : [],
    .../[.!?]$/.test(text) ? [] : ['does not end with a period'],
  ];
}

function formProblems(kind: PublicDocstring['kind'], summary: string): string[] {
  if (kind === 'method') return /^[A-Z][a-z]*s\b/.test(summary) ? [] : ['does not begin with a verb, such as Returns'];
  if (kind === 'boolean') return summary.startsWith('Whether ') ? [] : ['does not begin with Whether'];
  return kind !== 'enum member' && VERB.test(summary) ? ['begins with a verb, as if it was a method'] : [];
}

function docstringProblems({ name, kind, text, parameters, throws, defaults }: PublicDocstring): string[] {
  const summary = summaryOf(text);
  const isOnlyParameters = kind === 'constructor' && text === '';
  const shown = [text, ...parameters.map(([, description]) => description)].join(' ');
  const hiddenLimits = throws.flatMap(each => each.match(LIMIT) ?? []).filter(limit => !shown.includes(limit));
  return [
    ...isOnlyParameters ? []
      : [...phraseProblems(summary), ...formProblems(kind, summary)].map(problem => `${name}: the summary ${problem}`),
    ...parameters.flatMap(([parameter, description]) =>
      phraseProblems(description).map(problem => `${name}: the parameter ${parameter} ${problem}`)),
    ...hiddenLimits.map(limit => `${name}: the limit '${limit}' is only in @throws`),
    ...forbiddenWords([shown, ...throws, ...defaults].join(' ')).map(word => `${name}: has the word '${word}'`),
  ];
}

function problemsIn(text: string): string[] {
  return publicDocstrings(parseSource(text)).flatMap(docstringProblems);
}

describe('public docstrings', () => {
  const publicFiles = sourceFiles('src').filter(file => file.split(/[\\/]/).length === 2);

  test.each(publicFiles)('in %s stand alone and show their limits in every language', file => {
    expect(problemsIn(readSource(file))).toEqual([]);
  });

  test('are found in every kind of declaration', () => {
    const kinds = new Set(publicFiles.flatMap(file => publicDocstrings(parseSource(readSource(file)))).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['boolean', 'constructor', 'enum member', 'method', 'property', 'type']);
  });

  const inInterface = (docstring: string, member = 'readonly count?: number;') =>
    `/** Options of a test. */\nexport interface Options {\n${docstring}\n${member}\n}`;
  const inClass = (docstring: string, member: string) => `/** Class of a test. */\nexport class Test {\n${docstring}\n${member}\n}`;

  test.each([
    ['no docstring', inInterface(''), 'Options.count: the summary has no text'],
    ['an opening that needs the name', inInterface('/** At most 256 characters. */'), 'an opening that does not stand alone'],
    ['a lowercase beginning', inInterface('/** number of images. */'), 'does not begin with a capital letter'],
    ['a missing period', inInterface('/** Number of images */'), 'does not end with a period'],
    ['a summary that jsii cuts at a semicolon', inInterface(`/** Number of images; ${'more '.repeat(20)}words. */`), 'a period'],
    ['a boolean property that is no condition', inInterface('/** Old policy. */', 'readonly overwrite?: boolean;'), 'begin with Whether'],
    ['a property that begins with a verb', inInterface('/** Removes images. */'), 'begins with a verb'],
    ['a class that begins with a verb', '/** Copies an image. */ export class Copy {}', 'Copy: the summary begins with a verb'],
    ['a method that begins with a noun', inClass('/** URI of the image. */', 'public uri(): string;'), 'does not begin with a verb'],
    ['a parameter without text', inClass('/** Returns a URI. */', 'public uri(tag: string): string;'), 'the parameter tag has no text'],
    ['a lowercase parameter', inClass('/** Returns a URI.\n@param tag the tag. */', 'public uri(tag: string): string;'), 'capital letter'],
    ['a constructor without parameters', inClass('', 'constructor(id: string) {}'), 'the parameter id has no text'],
    ['an enum member without a docstring', '/** Kinds. */\nexport enum Kind {\nONE = \'ONE\' }', 'Kind.ONE: the summary has no text'],
    ['a number only in @throws', inClass('/** Adds tags.\n@throws if there are 41 tags */', 'public add(): void;'), 'the limit \'41\''],
    ['a comparison only in @throws', inClass('/** Adds tags.\n@throws without at least a tag */', 'public add(): void;'), '\'at least\''],
    ['a forbidden word in the body', inInterface('/**\n * Number of images.\n *\n * The deed fails.\n */'), 'has the word \'deed\''],
    ['a forbidden word in @default', inInterface('/**\n * Number of images.\n *\n * @default - there are none\n */'), '\'are none\''],
  ])('are refused for %s', (_, text, problem) => {
    expect(problemsIn(text)).toEqual([expect.stringContaining(problem)]);
  });

  test.each([
    ['a limit in the body', inClass('/** Adds at most 40 tags.\n@throws if there are at most 40 of them */', 'public add(): void;')],
    ['a limit of a parameter', inClass('/** Adds tags.\n@param tags Up to 40.\n@throws above 40 */', 'public add(tags: any): void;')],
    ['a private member', inClass('', 'private readonly count: number;')],
    ['a member of this library', inClass('', 'public readonly _count: number;')],
    ['an internal member', inClass('/** @internal */', 'public readonly count: number;')],
    ['a type that is not exported', '/** which */ interface Options { count: number }'],
  ])('are not refused for %s', (_, text) => {
    expect(problemsIn(text)).toEqual([]);
  });
});

describe('messages', () => {
  const folders = ['src', 'lambda', 'cli'];
  const messagesIn = (text: string) => stringLiterals(parseSource(text)).filter(literal => literal.includes(' '));

  test.each(folders)('of %s put a remedy into a sentence, and not behind a dash', folder => {
    const found = sourceFiles(folder).flatMap(file => messagesIn(readSource(file)).filter(message => DASH.test(message)));
    expect(found).toEqual([]);
  });

  test.each(['got none — set one', 'got none —', ' — set one', '— set one'])('have a dash there: %j', message => {
    expect(message).toMatch(DASH);
  });

  test.each(folders)('of %s have no word for which the field has a term', folder => {
    const found = sourceFiles(folder).flatMap(file => messagesIn(readSource(file)).flatMap(message =>
      forbiddenWords(message).map(word => `${file}: '${word}' in ${message}`)));
    expect(found).toEqual([]);
  });

  test.each([
    ['throw new Error(\'the thing is missing\');', ['thing']],
    ['throw new Error(`repository ${name} is written anew`);', ['anew']],
    ['throw new Error(\'the repository is missing, or something else\');', []],
    ['const key = \'thing\';', []],
    ['import thing from \'the thing\';', []],
  ])('are searched in string literals with a space: %s', (text, words) => {
    expect(messagesIn(text).flatMap(forbiddenWords)).toEqual(words);
  });
});
