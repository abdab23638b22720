/** A value of a template as text, with what is known only at deploy in angle brackets. */
export function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument]] = Object.entries(value as Record<string, any>);
  if (name === 'Fn::Join') return argument[1].map(text).join(argument[0]);
  return argument === 'AWS::Partition' ? 'aws' : `<${[argument].flat().map(text).join('.')}>`;
}

/** With texts in place of intrinsic functions. */
export function flat(value: any): any {
  if (Array.isArray(value)) return value.map(flat);
  if (typeof value !== 'object' || value === null) return value;
  const [[name], ...more] = Object.entries(value);
  if (more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return text(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, flat(one)]));
}
