import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './built';

type TargetLanguage = 'python' | 'java' | 'go';

interface Flaw {
  readonly pattern: RegExp;
  /** Change of the TypeScript that avoids the pattern. */
  readonly remedy: string;
}

const NO_DATE = 'declare a date (`declare const today: Date`) instead of writing one';
const NO_REPETITION = 'write a comment above its statement, not behind it';

/**
 * Wrong translations by jsii-rosetta that a change of the TypeScript avoids. Other flaws of Go translations cannot be avoided: slices
 * without `&`, no `nil` for omitted arguments, and no `()` after getters.
 */
const FLAWS: Readonly<Record<TargetLanguage, readonly Flaw[]>> = {
  python: [
    { pattern: /\bDate\(/, remedy: NO_DATE },
    { pattern: /\?\?|=>|\bundefined\b|\bnew [A-Z]|\.(length|for_each|map|filter)\b/, remedy: 'write it without this TypeScript' },
  ],
  java: [
    { pattern: /\bnew Date\(/, remedy: NO_DATE },
    { pattern: /^(?!import ).*(?<![\w.])[a-z]\w*\.[a-z]\w*\.\w+\(/m, remedy: 'assign the property to a constant before you call its method' },
    { pattern: /\b\w+\[\] \w+ =|\w\[\d+\]/, remedy: 'write arrays only within a call, and do not index what a method returns' },
    { pattern: /Map\.of\(/, remedy: 'give the constant its type, or write the object within the call' },
    { pattern: /\bfor \(Object /, remedy: 'do not loop' },
    { pattern: /(\/\/.*)\n\s*\1$/m, remedy: NO_REPETITION },
  ],
  go: [
    { pattern: /\bNewDate\(/, remedy: NO_DATE },
    { pattern: /\b([A-Z]\w*): \*?\1,/, remedy: 'write `key: value`, not the shorthand' },
    { pattern: /map\[string\]/, remedy: 'give the constant its type, or write the object within the call' },
    { pattern: /(\/\/.*)\n\s*\1$/m, remedy: NO_REPETITION },
  ],
};

export function flawsIn(language: TargetLanguage, source: string): string[] {
  return FLAWS[language].flatMap(({ pattern, remedy }) => {
    const found = pattern.exec(source)?.[0].trim();
    return found === undefined ? [] : [`${language} has ${JSON.stringify(found)}: ${remedy}`];
  });
}

interface Tablet {
  readonly snippets: Readonly<Record<string, {
    readonly translations: Readonly<Record<string, { readonly source: string }>>;
    readonly location: { readonly api: { readonly api: string; readonly fqn?: string }; readonly field?: { readonly line?: number } };
  }>>;
}

/**
 * Checks the snippets of the README and of docstrings as the packages show them.
 *
 * @returns the number of snippets
 * @throws if a translation has a flaw, with all flaws
 */
export function checkTranslations(): number {
  const { snippets } = JSON.parse(readFileSync(join(PROJECT, '.jsii.tabl.json'), 'utf8')) as Tablet;
  const flaws = Object.values(snippets).flatMap(({ location: { api, field }, translations }) => {
    const place = api.fqn ?? `README.md:${field?.line}`;
    return (Object.keys(FLAWS) as TargetLanguage[])
      .flatMap(language => flawsIn(language, translations[language].source).map(flaw => `${place}: ${flaw}`));
  });
  if (flaws.length > 0) throw new Error(flaws.join('\n'));
  return Object.keys(snippets).length;
}
