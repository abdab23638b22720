import { createHash } from 'node:crypto';
import {
  DeleteParameterCommand, GetParametersByPathCommand, GetParametersByPathCommandOutput, PutParameterCommand, SSMClient,
} from '@aws-sdk/client-ssm';
import { stackUuid } from '../../../src/core/mark';
import {
  claimName, claimPath, isEmptyClaim, MAX_CLAIM_LENGTH, parseClaim, RegistryClaim, renderClaim,
} from '../../../src/core/registry-rules/claim';
import { sendCommand } from '../aws/send-command';
import { isNamed, UserError } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** The claims on one setting of a registry. */
export interface ClaimList {
  /** The claim of this stack; undefined if it has none. */
  readonly own: RegistryClaim | undefined;
  readonly others: readonly RegistryClaim[];
}

/** Returns the key of a rule: the first 48 bits of the hash of its text, in 8 characters. */
export function ruleKey(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 6).toString('base64url');
}

/** Returns the name of the stack of a claim. An ARN is `arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<UUID>`. */
export function stackNameOf({ stack }: RegistryClaim): string {
  return stack.split('/')[1] ?? stack;
}

/** Returns the stack of a claim for a message. A deleted stack can have the name of a new one. */
export function describeStack(claim: RegistryClaim): string {
  return `stack '${stackNameOf(claim)}' (${stackUuid(claim.stack)})`;
}

/** Returns who has the rule with this text, for a message. */
export function ownerOf(text: string, claims: readonly RegistryClaim[]): string {
  const key = ruleKey(text);
  const names = claims.filter(({ own, found, leaving }) => [...own, ...found, ...leaving].includes(key)).map(describeStack);
  return names.length === 0 ? 'an owner without a claim' : [...new Set(names)].join(' and ');
}

/** A parameter below the path of the claims. */
export interface ClaimParameter {
  readonly name: string;
  readonly value: string;
}

/** Returns all parameters below the path of the claims of a kind, also those that are no claims. */
export async function readClaimParameters(task: Task, ssm: SSMClient, kind: string): Promise<ClaimParameter[]> {
  const Path = claimPath(kind);
  task.progress(`reading the claims of all stacks below ${Path}`);
  const parameters = new Array<ClaimParameter>();
  for (let NextToken: string | undefined, isLast = false; !isLast; isLast = NextToken === undefined) {
    const page: GetParametersByPathCommandOutput | undefined =
      await sendCommand(task, ssm, GetParametersByPathCommand, { Path, MaxResults: 10, NextToken });
    for (const { Name: name = '', Value: value = '' } of page?.Parameters ?? []) parameters.push({ name, value });
    NextToken = page?.NextToken;
  }
  return parameters;
}

export async function removeClaimParameter(task: Task, ssm: SSMClient, name: string): Promise<void> {
  task.progress(`removing the claim ${name}`);
  try {
    await sendCommand(task, ssm, DeleteParameterCommand, { Name: name });
  } catch (error) {
    if (!isNamed(error, 'ParameterNotFound')) throw error;
  }
}

/**
 * The claims on one kind of setting of the registry, in the parameters of its account and Region.
 * docs/decisions/0029-claims-before-rules.md
 */
export class Claims {
  private readonly name: string;

  constructor(private readonly ssm: SSMClient, private readonly subject: string, private readonly kind: string, stackId: string) {
    this.name = claimName(kind, stackId);
  }

  /** @throws UserError if a parameter is not a claim: what it stands for is unknown, so no rule can be changed */
  async read(task: Task): Promise<ClaimList> {
    let own: RegistryClaim | undefined;
    const others = new Array<RegistryClaim>();
    for (const { name, value } of await readClaimParameters(task, this.ssm, this.kind)) {
      const claim = parseClaim(value);
      if (!claim) throw this.unreadable(name);
      if (name === this.name) own = claim;
      else others.push(claim);
    }
    return { own, others };
  }

  /** Writes the claim of this stack, or removes it if it is empty. */
  async write(task: Task, claim: RegistryClaim): Promise<void> {
    if (isEmptyClaim(claim)) return removeClaimParameter(task, this.ssm, this.name);
    const Value = renderClaim(claim);
    if (Value.length > MAX_CLAIM_LENGTH) {
      throw new UserError(`${this.subject}: the claim of this stack would have ${Value.length} characters, but a parameter has at most`
        + ` ${MAX_CLAIM_LENGTH}. No rule was changed. Spread the rules over several stacks.`);
    }
    task.progress(`writing the claim ${this.name}`);
    await sendCommand(task, this.ssm, PutParameterCommand, {
      Name: this.name, Value, Type: 'String', Overwrite: true, Description: `${this.kind} rules of a stack, managed by cdk-ecr-keeper`,
    });
  }

  private unreadable(name: string): UserError {
    return new UserError(`${this.subject}: the parameter ${name} is not a claim of cdk-ecr-keeper, so it is unknown which rules other`
      + ' stacks need. No rule was changed. Delete the parameter if nobody needs it, or restore its last value from its history. Then try'
      + ' again.');
  }
}
