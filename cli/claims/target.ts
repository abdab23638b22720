import { InvalidArgumentError } from 'commander';
import type { Inventory, OtherParameter, StackClaim } from './inventory';
import { stackNameOf } from '../../lambda/shared/registry/claims';
import { stackUuid } from '../../src/core/mark';
import { CLAIM_KINDS, claimPath } from '../../src/core/registry-rules/claim';
import { Failure } from '../failure';

const PATHS = CLAIM_KINDS.map(kind => `${claimPath(kind)}/`);
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
const STACK = /^(?:[a-zA-Z][-a-zA-Z0-9]{0,127}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Parses the name of a stack, its UUID, or the name of a parameter. */
export function target(text: string): string {
  if (!STACK.test(text) && !PATHS.some(path => text.startsWith(path))) {
    throw new InvalidArgumentError(`It must be the name of a stack, its UUID, or the name of a parameter below ${PATHS.join(' or ')}.`);
  }
  return text;
}

/** Returns the parameter with this name that is not a claim; undefined if the text is not the name of a parameter. */
export function otherParameterOf(text: string, { claims, others, region }: Inventory): OtherParameter | undefined {
  if (!text.startsWith('/')) return undefined;
  const claim = claims.find(({ parameter }) => parameter === text);
  if (claim) {
    throw new Failure([`parameter ${text} is the claim of stack '${stackNameOf(claim.claim)}'. Nothing was changed. Specify the stack, or`
      + ` its UUID ${stackUuid(claim.claim.stack)}`]);
  }
  const other = others.find(({ parameter }) => parameter === text);
  if (!other) throw new Failure([`there is no parameter ${text} in ${region}. Nothing was changed`]);
  return other;
}

/** Returns the claims of the stack, which does not exist. */
export function claimsOfGoneStack(text: string, { claims, region }: Inventory): StackClaim[] {
  const matches = claims.filter(({ claim }) => [stackNameOf(claim), stackUuid(claim.stack)].includes(text));
  const stacks = new Map(matches.map(match => [match.claim.stack, match]));
  if (stacks.size === 0) {
    throw new Failure([`stack '${text}' has no claim in ${region}. Nothing was changed. To see all claims: npx cdk-ecr-keeper claims`]);
  }
  if (stacks.size > 1) {
    const names = [...stacks.values()].map(({ claim, state }) => `${stackUuid(claim.stack)} (${state})`);
    throw new Failure([`${stacks.size} stacks with the name '${text}' have claims. Nothing was changed. Specify the UUID:`
      + ` ${names.join(', ')}`]);
  }
  const [{ claim, state, detail }] = matches;
  const name = stackNameOf(claim);
  if (state === 'exists') {
    throw new Failure([`stack '${name}' exists (${detail}), so its claims are in use. Nothing was changed. To remove its rules and claims,`
      + ' delete the stack, or remove RegistryReplication and RegistryScanning from it and deploy it']);
  }
  if (state === 'unknown') {
    throw new Failure([`it is unknown whether stack '${name}' exists. Nothing was changed. Let CloudFormation say so, and try again:`
      + ` ${detail}`]);
  }
  return matches;
}
