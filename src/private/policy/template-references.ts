import { CfnElement, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';

let isLooking = false;

/** The resource itself, or the nested stack that it is in; nothing for one of another stack, which may be deployed before. */
export function standInHere(stack: Stack, resource: CfnResource): CfnResource | undefined {
  let standIn: CfnResource | undefined = resource;
  while (standIn && Stack.of(standIn) !== stack) {
    const enclosing: Stack = Stack.of(standIn);
    standIn = NestedStack.isNestedStack(enclosing) ? enclosing.nestedStackResource as CfnResource | undefined : undefined;
  }
  return standIn;
}

/** Whether what is rendered needs the resource, directly or through others of the stack: to wait for it in turn would be a circle. */
export function comesBefore(stack: Stack, resource: CfnResource, render: () => unknown): boolean {
  if (isLooking) return true; // while this looks, the tokens that ask it are resolved too
  isLooking = true;
  try {
    const resources = new Map(stack.node.findAll().filter(isOf(stack)).map(one => [stack.resolve(one.logicalId) as string, one]));
    const sought: unknown = stack.resolve(resource.logicalId);
    const seen = new Set<string>();
    const waiting = namesIn(stack.resolve(render()));
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (name === sought) return true;
      const next = resources.get(name);
      if (seen.has(name) || !next) continue;
      seen.add(name);
      waiting.push(...namesIn(stack.resolve((next as unknown as { _toCloudFormation(): unknown })._toCloudFormation())));
    }
    return false;
  } finally {
    isLooking = false;
  }
}

function isOf(stack: Stack): (construct: unknown) => construct is CfnResource {
  return (construct): construct is CfnResource => CfnElement.isCfnElement(construct) && construct instanceof CfnResource && construct.stack === stack;
}

/** Every name that a resolved value refers to; also names that merely look so, which does no harm. */
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
