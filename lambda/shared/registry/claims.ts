import { createHash } from 'node:crypto';
import {
  DeleteParameterCommand, GetParametersByPathCommand, GetParametersByPathCommandOutput, PutParameterCommand, SSMClient,
} from '@aws-sdk/client-ssm';
import { stackUuid } from '../../../src/core/mark';
import { claimPath, isEmptyClaim, MAX_CLAIM_LENGTH, parseClaim, RegistryClaim, renderClaim } from '../../../src/core/registry-rules/claim';
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

/** Returns the stack of a claim for a message. An ARN is `arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<UUID>`. */
export function describeStack({ stack }: RegistryClaim): string {
  const [, name, uuid] = stack.split('/');
  return name === undefined ? `'${stack}'` : `stack '${name}' (${uuid})`;
}

/** Returns who has the rule with this text, for a message. */
export function ownerOf(text: string, claims: readonly RegistryClaim[]): string {
  const key = ruleKey(text);
  const names = claims.filter(({ own, found, leaving }) => [...own, ...found, ...leaving].includes(key)).map(describeStack);
  return names.length === 0 ? 'an owner without a claim' : [...new Set(names)].join(' and ');
}

/**
 * The claims on one kind of setting of the registry, in the parameters of its account and Region.
 * docs/decisions/0029-claims-before-rules.md
 */
export class Claims {
  private readonly path: string;
  private readonly name: string;

  constructor(private readonly ssm: SSMClient, private readonly subject: string, private readonly kind: string, stackId: string) {
    this.path = claimPath(kind);
    this.name = `${this.path}/${stackUuid(stackId)}`;
  }

  /** @throws UserError if a parameter is not a claim: what it stands for is unknown, so no rule can be changed */
  async read(task: Task): Promise<ClaimList> {
    task.progress(`reading the claims of all stacks below ${this.path}`);
    let own: RegistryClaim | undefined;
    const others = new Array<RegistryClaim>();
    for (let NextToken: string | undefined, isLast = false; !isLast; isLast = NextToken === undefined) {
      const page: GetParametersByPathCommandOutput | undefined =
        await sendCommand(task, this.ssm, GetParametersByPathCommand, { Path: this.path, MaxResults: 10, NextToken });
      for (const { Name = '', Value = '' } of page?.Parameters ?? []) {
        const claim = parseClaim(Value);
        if (!claim) throw this.unreadable(Name);
        if (Name === this.name) own = claim;
        else others.push(claim);
      }
      NextToken = page?.NextToken;
    }
    return { own, others };
  }

  /** Writes the claim of this stack, or removes it if it is empty. */
  async write(task: Task, claim: RegistryClaim): Promise<void> {
    if (isEmptyClaim(claim)) return this.remove(task);
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

  private async remove(task: Task): Promise<void> {
    task.progress(`removing the claim ${this.name}`);
    try {
      await sendCommand(task, this.ssm, DeleteParameterCommand, { Name: this.name });
    } catch (error) {
      if (!isNamed(error, 'ParameterNotFound')) throw error;
    }
  }

  private unreadable(name: string): UserError {
    return new UserError(`${this.subject}: the parameter ${name} is not a claim of cdk-ecr-keeper, so it is unknown which rules other`
      + ' stacks need. No rule was changed. Delete the parameter if nobody needs it, or restore its last value from its history. Then try'
      + ' again.');
  }
}
