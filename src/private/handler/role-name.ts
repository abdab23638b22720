import { shortHash } from '../short-hash';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const MAX_ROLE_NAME_LENGTH = 64;

/** Returns the name of a role, which does not depend on the account. The hash distinguishes names that are cut off. */
export function functionRoleName(stackName: string, region: string, handler: string): string {
  const hash = shortHash(JSON.stringify([stackName, region, handler]), 8);
  const end = `-${region}-${handler}-${hash}`;
  return `${stackName.slice(0, MAX_ROLE_NAME_LENGTH - end.length)}${end}`;
}
