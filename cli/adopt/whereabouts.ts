import type { DeclaredRepository } from './declared-repositories';
import type { Absence, LiveRepository } from './live-repository';
import { Failure } from '../failure';

/** The Region that the stack imports from; undefined for that of the environment. */
export function regionOf({ stack }: DeclaredRepository, region: string | undefined): string | undefined {
  if (stack.region !== undefined && region !== undefined && region !== stack.region) {
    throw new Failure([`stack '${stack.id}' is deployed to ${stack.region}, not to ${region}, and imports only from there — leave out`
      + ' --region, or choose another stack with --stack']);
  }
  return stack.region ?? region;
}

/** A stack imports from its own account. */
export function checkAccount({ stack }: DeclaredRepository, { account, repositoryName, region }: LiveRepository): void {
  if (stack.account === undefined || stack.account === account) return;
  throw new Failure([`repository '${repositoryName}' in ${region} is in account ${account}, which the credentials are of, but stack`
    + ` '${stack.id}' is deployed to account ${stack.account} — see your AWS profile, or run npx cdk synth if the app has changed`]);
}

/** Why there is nothing to adopt. `elsewhere` is a Region in which there is a repository of that name. */
export function describeAbsence(
  name: string, { stack }: DeclaredRepository, region: string, { registryId }: Absence, elsewhere: string | undefined,
): string {
  const here = `repository '${name}' does not exist in ${region}${registryId === undefined ? '' : `, account ${registryId}`}`;
  if (stack.account !== undefined && registryId !== undefined && registryId !== stack.account) {
    return `${here}, which the credentials are of, and stack '${stack.id}' is deployed to account ${stack.account} — see your AWS profile`;
  }
  if (elsewhere !== undefined) {
    return `${here}, but in ${elsewhere}: a stack imports only from its own Region — deploy stack '${stack.id}' to ${elsewhere}, or give`
      + ' its repository another name';
  }
  return `${here}: there is nothing to adopt, because npx cdk deploy ${stack.id} creates it`;
}
