import { CfnElement, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';

let isSearching = false;

/** The resource itself, or the nested stack that it is in; undefined for one of another stack, which may be deployed before. */
export function standInOf(stack: Stack, resource: CfnResource): CfnResource | undefined {
  let standIn: CfnResource | undefined = resource;
  while (standIn && Stack.of(standIn) !== stack) {
    const enclosing: Stack = Stack.of(standIn);
    standIn = NestedStack.isNestedStack(enclosing) ? enclosing.nestedStackResource as CfnResource | undefined : undefined;
  }
  return standIn;
}

/** Whether what is rendered needs the resource, directly or through others of the stack: then the resource must not depend on it. */
export function isNeededBy(stack: Stack, resource: CfnResource, render: () => unknown): boolean {
  if (isSearching) return true; // the search resolves the tokens that started it
  isSearching = true;
  try {
    const resources = new Map(stack.node.findAll().filter(isOf(stack)).map(one => [stack.resolve(one.logicalId) as string, one]));
    const target: unknown = stack.resolve(resource.logicalId);
    const visited = new Set<string>();
    const queue = namesIn(stack.resolve(render()));
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (name === target) return true;
      const next = resources.get(name);
      if (visited.has(name) || !next) continue;
      visited.add(name);
      queue.push(...namesIn(stack.resolve((next as unknown as { _toCloudFormation(): unknown })._toCloudFormation())));
    }
    return false;
  } finally {
    isSearching = false;
  }
}

function isOf(stack: Stack): (construct: unknown) => construct is CfnResource {
  return (construct): construct is CfnResource =>
    CfnElement.isCfnElement(construct) && construct instanceof CfnResource && construct.stack === stack;
}

/** Every name that a resolved value refers to, and some that only look like references, which does no harm. */
function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'Ref') return [String(item)];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(item) ? item[0] : item).split('.')[0]];
    if (key === 'DependsOn') return (Array.isArray(item) ? item : [item]).map(String);
    return namesIn(item);
  });
}
