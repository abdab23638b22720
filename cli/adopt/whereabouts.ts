import type { DeclaredRepository } from './declared-repositories';
import type { Absence, LiveRepository } from './live-repository';
import { Failure } from '../failure';

/** Returns the Region that the stack imports from, or undefined for the Region of the environment. */
export function regionOf({ stack }: DeclaredRepository, region: string | undefined): string | undefined {
  if (stack.region !== undefined && region !== undefined && region !== stack.region) {
    throw new Failure([`stack '${stack.id}' is deployed to ${stack.region} and cannot import from ${region}. Omit --region, or`
      + ' choose another stack with --stack']);
  }
  return stack.region ?? region;
}

/** Checks that the repository is in the account of the stack, the only account that the stack can import from. */
export function checkAccount({ stack }: DeclaredRepository, { account, repositoryName, region }: LiveRepository): void {
  if (stack.account === undefined || stack.account === account) return;
  throw new Failure([`repository '${repositoryName}' in ${region} is in the account of the credentials, ${account}, but stack`
    + ` '${stack.id}' is deployed to account ${stack.account}. Check your AWS profile, or run npx cdk synth if the app has changed`]);
}

/** Explains why there is nothing to adopt. `elsewhere` is another Region that has a repository with that name. */
export function describeAbsence(
  name: string, { stack }: DeclaredRepository, region: string, { registryId }: Absence, elsewhere: string | undefined,
): string {
  const here = `repository '${name}' does not exist in ${region}${registryId === undefined ? '' : `, account ${registryId}`}`;
  if (stack.account !== undefined && registryId !== undefined && registryId !== stack.account) {
    return `${here} (the account of the credentials), but stack '${stack.id}' is deployed to account ${stack.account}. Check your AWS`
      + ' profile';
  }
  if (elsewhere !== undefined) {
    return `${here}, but it exists in ${elsewhere}. A stack imports only from its own Region. Deploy stack '${stack.id}' to ${elsewhere},`
      + ' or rename its repository';
  }
  return `${here}. You do not need to adopt it, because npx cdk deploy ${stack.id} creates it`;
}
