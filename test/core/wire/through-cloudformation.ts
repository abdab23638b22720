/** What a custom resource is told of its properties: every scalar as a string, and nothing that is not there. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a template may hold anything
export function throughCloudFormation(value: unknown): any {
  if (Array.isArray(value)) return value.map(throughCloudFormation);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, throughCloudFormation(item)]));
}
