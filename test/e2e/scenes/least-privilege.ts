import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeployedStack } from '../../lambda/deployed-stack';
import { Grant, grantsOf, IamStatement } from '../../local-ecr/iam';
import type { Emulator } from '../emulator';

/** Permissions that are granted but that no handler uses directly. */
const USED_ON_OUR_BEHALF = [
  // The Lambda service writes the output of a function with its role:
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
  'logs:CreateLogStream on the log group',
  'logs:PutLogEvents on the log group',
];
const HANDLERS = ['ImageCopy', 'ImageTags', 'LifecycleGuard', 'LifecyclePolicy', 'PrefixLifecycle', 'PrefixTeardown', 'PublicRepository',
  'PullThroughCache', 'RegistryPermissions', 'RegistryReplication', 'RegistryScanning', 'RepositoryPolicy', 'ScanGate', 'Teardown',
  'ImageShieldCollect', 'ImageShieldProtect', 'ImageShieldReport'];
export const EXPECTED_UNUSED = HANDLERS.flatMap(handler => USED_ON_OUR_BEHALF.map(right => `${handler}: ${right}`)).sort();

type Right = Pick<Grant, 'action' | 'resource' | 'condition'>;

interface DecisionLine {
  readonly principal: string;
  readonly account: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  readonly restedOn: readonly Right[];
}

/** Returns the decisions of IAM in the emulator about calls of function roles, each with the statements that it is based on. */
export function decisions(emulator: Emulator): DecisionLine[] {
  const file = join(emulator.directory, 'decisions.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line)) : [];
}

/** Returns the ARNs of the sessions that AssumeRole of the emulator has created, by access key. */
export function assumedSessions(emulator: Emulator): Map<string, string> {
  const file = join(emulator.directory, 'sessions.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return new Map(lines.map(line => JSON.parse(line)).map(({ accessKeyId, arn }) => [accessKeyId, arn]));
}

/** The folders of the functions whose roles other accounts trust. */
const FOLDERS: Record<string, string> = {
  'teardown': 'Teardown',
  'registry-replication': 'RegistryReplication',
  'repository-policy': 'RepositoryPolicy',
  'image-shield-collect': 'ImageShieldCollect',
  'image-shield-protect': 'ImageShieldProtect',
  'image-shield-report': 'ImageShieldReport',
};
const ROLE = new RegExp([
  /CdkEcrKeeper([A-Za-z]+?)Role/.source,
  `-(${Object.keys(FOLDERS).join('|')})-[0-9a-f]{8}(?:/|$)`,
  /(RepositoryAccessRole|ImageUseRole|ImageShield(?:Collect|Protect|Report)(?=Role))/.source,
].join('|'));

/**
 * Returns the handler whose function has this role, or the construct that created the role. It is derived from the logical id of the role
 * or, if another account trusts the role, from its name.
 */
export function handlerOf(role: string): string {
  const [, made, named, access] = ROLE.exec(role) ?? [];
  const handler = named === undefined ? made ?? access : FOLDERS[named];
  if (handler === undefined) throw new Error(`a role of no handler: ${role}`);
  return handler;
}

export function isOfHandler(role: string): boolean {
  return ROLE.test(role);
}

/** The permissions that all scenes were granted, and those that were used: by handler, action, resource, and condition. */
export class LeastPrivilege {
  private readonly granted = new Set<string>();
  private readonly used = new Set<string>();

  add(handler: string, stack: DeployedStack, policy: readonly IamStatement[], used: readonly Right[]): void {
    const keyOf = ({ action, resource, condition = {} }: Right) => JSON.stringify([action, inAnyBucket(resource), ordered(condition)]);
    const exactly = new Set(used.map(keyOf));
    for (const right of grantsOf(policy)) {
      const line = `${handler}: ${inGeneral(stack.stackId, right)}`;
      this.granted.add(line);
      if (exactly.has(keyOf(right))) this.used.add(line);
    }
  }

  get size(): number {
    return this.granted.size;
  }

  unused(): string[] {
    return [...this.granted].filter(line => !this.used.has(line)).sort();
  }
}

/** The name of a bucket of the stack is generated when it is deployed. */
function inAnyBucket(resource: string): string {
  return resource.replace(/^arn:aws:s3:.*?:([^:/]+)(?=\/|$)/, 'a bucket');
}

/** Normalizes a permission, so that it is independent of the stack and the account. */
function inGeneral(stackId: string, { action, resource, condition }: Right): string {
  const [account, uuid] = [stackId.split(':')[4], stackId.split('/')[2]];
  // The template chooses the clusters of a permission: one scene specifies a cluster, another does not.
  const general = (text: string) => text.replaceAll(uuid, 'UUID').replaceAll(account, 'ACCOUNT').replace(/:cluster\/[^"]+/g, ':cluster/CLUSTERS');
  const [, , service, , , kind] = resource.split(':') as Array<string | undefined>;
  const target = resource === stackId ? 'the own stack'
    : service === 'cloudformation' ? 'the root stack'
      : service === 'logs' ? 'the log group'
        : kind?.startsWith('repository/') && !kind.endsWith('*') ? 'the repository named'
          : general(resource);
  return `${action} on ${target}${condition ? ` if ${general(JSON.stringify(ordered(condition)))}` : ''}`;
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, item]) => [key, ordered(item)]));
}
