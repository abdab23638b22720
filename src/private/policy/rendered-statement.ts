import { IResolvable, Stack, Token } from 'aws-cdk-lib';
import { asList, Json, Statement } from '../../core/policy/document';

/** Whether a value is all text, numbers and lists; a token that is an object cannot be told from another. */
export function isText(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return typeof (value as Partial<IResolvable>).resolve !== 'function' && Object.values(value).every(isText);
}

/**
 * CDK has every mention of a service, of an account's root or of a partition be a token of its own, by which no two would be the same. Those that resolve
 * to the same, and to nothing that only one stack knows, become the same text.
 */
export class Canonical {
  private readonly known = new Map<string, string>();

  constructor(private readonly stack: Stack) {}

  public of<T extends Json | undefined>(value: T): T {
    if (typeof value === 'string') return this.text(value) as T;
    if (Array.isArray(value)) return value.map(item => this.of(item)) as T;
    if (typeof value !== 'object' || value === null || !isText(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.of(item as Json)])) as T;
  }

  private text(value: string): string {
    if (!Token.isUnresolved(value)) return value;
    const resolved: unknown = this.stack.resolve(value);
    if (typeof resolved === 'string') return resolved;
    const key = JSON.stringify(resolved);
    // two resources of different stacks may have the same logical id
    if (/"Fn::(GetAtt|ImportValue|Sub|GetStackOutput)"|"Ref":"(?!AWS::)/.test(key)) return value;
    const first = this.known.get(key);
    if (first === undefined) this.known.set(key, value);
    return first ?? value;
  }
}

/** What a value will read like at deploy, with pseudo parameters by their names. */
export function shownValue(resolved: unknown): Json {
  if (Array.isArray(resolved)) return resolved.map(shownValue);
  if (typeof resolved !== 'object' || resolved === null) return resolved as Json;
  const entries = Object.entries(resolved);
  if (entries.length === 1) {
    const [[key, argument]] = entries;
    if (key === 'Ref') return `\${${String(argument)}}`;
    if (key === 'Fn::Join' && argument[0] === '' && Array.isArray(argument[1])) return argument[1].map(part => String(shownValue(part))).join('');
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, shownValue(item)]));
}

export function servicesOf({ Principal }: Statement): Json[] {
  return typeof Principal === 'object' && Principal !== null && !Array.isArray(Principal) ? asList(Principal.Service as Json | undefined) : [];
}
