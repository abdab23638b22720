import { Failure } from './failure';
import { nameOf, readText } from './files';
import { complain } from './terminal';
import { DescribedImage, parseDescribedImages } from '../src/core/images/described-images';
import { parseLifecyclePolicy } from '../src/core/lifecycle/parse';
import type { Rule } from '../src/core/lifecycle/rule';
import { lifecycleWarnings } from '../src/core/lifecycle/warnings';

/** Text from a file, standard input, or a repository, with the name of its source. */
export interface InputText {
  readonly name: string;
  readonly text: string;
}

export async function readInput(file: string): Promise<InputText> {
  return { name: nameOf(file), text: await readText(file) };
}

/** Parses the rules, and prints warnings about them to standard error. */
export function parseRules({ name, text }: InputText): readonly Rule[] {
  const { rules, problems } = parseLifecyclePolicy(text);
  if (problems.length > 0) throw new Failure(problems.map(problem => `${name}: ${problem}`));
  for (const { code, message } of lifecycleWarnings(rules)) complain('warning', `${message} (${code})`);
  return rules;
}

/** Parses the images in the output of the AWS CLI. */
export function parseImages({ name, text }: InputText): DescribedImage[] {
  const { images, problems } = parseDescribedImages(text);
  if (problems.length > 0) throw new Failure(problems.map(problem => `${name}: ${problem}`));
  return images;
}
