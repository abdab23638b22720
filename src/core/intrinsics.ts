import { isJsonObject, JsonObject } from './json';

/** Values of pseudo parameters that are known before the deployment, by name without `AWS::`. */
export interface PseudoParameters {
  readonly Partition?: string;
  readonly Region?: string;
  readonly AccountId?: string;
  readonly StackName?: string;
}

/** Whether a value of a template is an intrinsic function: an object with one key, its name. */
export function isIntrinsic(value: unknown): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && /^(Ref|Fn::[A-Za-z:]+)$/.test(names[0]);
}

/**
 * Replaces values that are known before the deployment: pseudo parameters, and `Fn::Join` and `Fn::Sub` of such values. Other intrinsic
 * functions are not changed. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
 */
export function resolveIntrinsics(value: unknown, parameters: PseudoParameters): unknown {
  if (Array.isArray(value)) return value.map(item => resolveIntrinsics(item, parameters)).filter(item => !isNoValue(item));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, resolveIntrinsics(item, parameters)] as const)
    .filter(([, item]) => !isNoValue(item));
  const resolved = Object.fromEntries(entries);
  const [key, argument] = entries.length === 1 ? entries[0] : [];
  if (key === 'Ref' && typeof argument === 'string') return pseudoParameter(argument, parameters) ?? resolved;
  if (key === 'Fn::Join') return joined(argument) ?? resolved;
  if (key === 'Fn::Sub') return substituted(argument, parameters) ?? resolved;
  return resolved;
}

/** Whether the value or a part of it is known only at deployment. */
export function hasIntrinsics(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasIntrinsics);
  if (!isJsonObject(value)) return false;
  return isIntrinsic(value) || Object.values(value).some(hasIntrinsics);
}

function isNoValue(value: unknown): boolean {
  return isJsonObject(value) && value.Ref === 'AWS::NoValue';
}

function pseudoParameter(name: string, parameters: PseudoParameters): string | undefined {
  const [, key] = /^AWS::(Partition|Region|AccountId|StackName)$/.exec(name) ?? [];
  return key === undefined ? undefined : parameters[key as keyof PseudoParameters];
}

function joined(argument: unknown): string | undefined {
  const [separator, parts] = Array.isArray(argument) ? argument as unknown[] : [];
  if (typeof separator !== 'string' || !Array.isArray(parts)) return undefined;
  return parts.every(part => typeof part === 'string') ? parts.join(separator) : undefined;
}

/** A text, or a list of a text and its own variables. `${!Literal}` is the text `${Literal}`. */
function substituted(argument: unknown, parameters: PseudoParameters): string | undefined {
  const text: unknown = Array.isArray(argument) ? argument[0] : argument;
  if (typeof text !== 'string') return undefined;
  const result = text.replace(/\$\{(AWS::\w+)\}/g, (whole, name: string) => pseudoParameter(name, parameters) ?? whole);
  return /\$\{[^!]/.test(result) ? undefined : result.replace(/\$\{!/g, '${');
}
