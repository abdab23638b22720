import { IResolvable, Stack, Token } from 'aws-cdk-lib';
import { Json } from '../../core/policy/document';

/** Whether a value consists of texts, numbers, lists, and objects of these. Tokens that are objects cannot be compared. */
export function isText(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return typeof (value as Partial<IResolvable>).resolve !== 'function' && Object.values(value).every(isText);
}

/**
 * In CDK, each use of a service, an account root, or a partition is a separate token, so no two statements are equal. This class replaces
 * tokens that resolve to the same value by the same text, unless the value refers to a resource of one stack.
 */
export class Canonical {
  private readonly texts = new Map<string, string>();

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
    if (hasReference(resolved)) return value;
    const first = this.texts.get(key);
    if (first === undefined) this.texts.set(key, value);
    return first ?? value;
  }
}

/** Returns a resolved value in a readable form, with references as `${Name}`. */
export function toReadableJson(resolved: unknown): Json {
  if (Array.isArray(resolved)) return resolved.map(toReadableJson);
  if (typeof resolved !== 'object' || resolved === null) return resolved as Json;
  const entries = Object.entries(resolved);
  if (entries.length === 1) {
    const [[key, argument]] = entries;
    if (key === 'Ref') return `\${${String(argument)}}`;
    if (key === 'Fn::Join' && argument[0] === '' && Array.isArray(argument[1])) {
      return argument[1].map(part => String(toReadableJson(part))).join('');
    }
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, toReadableJson(item)]));
}

/** Whether a resolved value refers to a resource of its stack, of which another stack may have one with the same logical ID. */
export function hasReference(resolved: unknown): boolean {
  return /"Fn::(GetAtt|ImportValue|Sub|GetStackOutput)"|"Ref":"(?!AWS::)/.test(JSON.stringify(resolved) ?? '');
}

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  AccountId: 'ACCOUNT_ID', Partition: 'PARTITION', Region: 'REGION', StackId: 'STACK_ID', StackName: 'STACK_NAME', URLSuffix: 'URL_SUFFIX',
};

/** A readable value as TypeScript, to be pasted into an app. */
export function toCode(readable: Json): string {
  return JSON.stringify(readable).replace(/"((?:[^"\\]|\\.)*)"/g, literal => {
    const text = literal.slice(1, -1);
    const named = text.replace(/\$\{AWS::(\w+)\}/g, (_, name: string) => `\${Aws.${PSEUDO_PARAMETERS[name] ?? name}}`);
    return named === text ? literal : `\`${named}\``;
  });
}

/** A call that adds the statement to the policy of an `ecr.Repository`. */
export function toAddStatementCall(readable: Json): string {
  return `addToResourcePolicy(iam.PolicyStatement.fromJson(${toCode(readable)}))`;
}
