import { CfnElement, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';

let isSearching = false;

/**
 * Returns the resource itself, or the nested stack that contains it. Undefined for a resource of another stack, which may be deployed
 * earlier.
 */
export function standInOf(stack: Stack, resource: CfnResource): CfnResource | undefined {
  let standIn: CfnResource | undefined = resource;
  while (standIn && Stack.of(standIn) !== stack) {
    const enclosing: Stack = Stack.of(standIn);
    standIn = NestedStack.isNestedStack(enclosing) ? enclosing.nestedStackResource as CfnResource | undefined : undefined;
  }
  return standIn;
}

/**
 * Whether the rendered value needs the resource, directly or through other resources of the stack. The resource must then not depend on the
 * value.
 */
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

/** Returns every name to which a resolved value refers. It can contain texts that only look like references, which is harmless. */
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
