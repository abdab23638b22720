import type { Principal } from '../local-ecr/principal';

/** The part of a trust policy that decides who may assume a role. */
export interface Trust {
  /** ARNs of users, roles or sessions, root ARNs, or account ids; no wildcards. */
  readonly principals: readonly string[];
  /** Required sts:ExternalId of the caller. @default - not required */
  readonly externalId?: string;
}

export function trusts({ principals, externalId: wanted }: Trust, caller: Principal, externalId: string | undefined): boolean {
  if (wanted !== undefined && wanted !== externalId) return false;
  return principals.some(principal => isMeant(principal, caller));
}

function isMeant(principal: string, { arn, account }: Principal): boolean {
  if (principal.includes('*')) throw new Error(`${principal}: wildcards in a trust are not evaluated here`);
  if (principal === arn || principal === account) return true;
  const [, trusted, resource] = /^arn:[^:]+:iam::(\d{12}):(.+)$/.exec(principal) ?? [];
  if (trusted !== account) return false;
  const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return resource === 'root' || (role !== undefined && resource.startsWith('role/') && resource.split('/').pop() === role);
}
