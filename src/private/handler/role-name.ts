import { createHash } from 'crypto';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const MAX_ROLE_NAME_LENGTH = 64;

/** The same from whichever account it is asked in; the hash tells apart what is cut. */
export function functionRoleName(stackName: string, region: string, handler: string): string {
  const hash = createHash('sha256').update(JSON.stringify([stackName, region, handler])).digest('hex').slice(0, 8);
  const end = `-${region}-${handler}-${hash}`;
  return `${stackName.slice(0, MAX_ROLE_NAME_LENGTH - end.length)}${end}`;
}
