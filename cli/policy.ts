import { Failure } from './failure';
import { nameOf, readText } from './files';
import { complain } from './terminal';
import { parseLifecyclePolicy } from '../src/core/lifecycle/parse';
import type { Rule } from '../src/core/lifecycle/rule';
import { lifecycleWarnings } from '../src/core/lifecycle/warnings';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export async function readNamed(file: string): Promise<NamedText> {
  return { name: nameOf(file), text: await readText(file) };
}

/** Rules that can be simulated; what ECR would accept and its users regret goes to standard error. */
export function soundRules({ name, text }: NamedText): readonly Rule[] {
  const { rules, problems } = parseLifecyclePolicy(text);
  if (problems.length > 0) throw new Failure(problems.map(problem => `${name}: ${problem}`));
  for (const { code, message } of lifecycleWarnings(rules)) complain('warning', `${message} (${code})`);
  return rules;
}
