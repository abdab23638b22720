import { DescribeRegistryCommand } from '@aws-sdk/client-ecr';
import { Setting, settingsOf } from './setting';
import { readStackState, StackState } from './stack-state';
import { sendToEcr } from '../../lambda/shared/aws/send-command';
import type { EcrTask } from '../../lambda/shared/protocol/job';
import { readClaimParameters } from '../../lambda/shared/registry/claims';
import { ClaimKind, claimName, parseClaim, RegistryClaim } from '../../src/core/registry-rules/claim';
import { regionOfEnvironment } from '../ecr-client';
import type { Session } from '../session/session';

export interface StackClaim extends StackState {
  readonly kind: ClaimKind;
  /** Name of the parameter. */
  readonly parameter: string;
  readonly claim: RegistryClaim;
}

/** A parameter below the path of the claims that is not the claim of a stack of this account and Region. */
export interface OtherParameter {
  readonly kind: ClaimKind;
  readonly parameter: string;
}

/** The claims on the registry of one account in one Region, and its rules. */
export interface Inventory {
  readonly registryId: string;
  readonly region: string;
  readonly task: EcrTask;
  readonly settings: readonly Setting[];
  readonly claims: readonly StackClaim[];
  readonly others: readonly OtherParameter[];
  /** Descriptions of the rules by key, for each kind. */
  readonly rules: ReadonlyMap<ClaimKind, ReadonlyMap<string, string>>;
}

export async function readInventory({ task: sessionTask, clients }: Session, regionOption: string | undefined): Promise<Inventory> {
  const ecr = clients.ecr(regionOption ?? regionOfEnvironment());
  const region = await ecr.config.region();
  const task: EcrTask = { ...sessionTask, ecr };
  const registryId = (await sendToEcr(task, DescribeRegistryCommand, {}))?.registryId ?? '';
  const settings = settingsOf(registryId);
  const [claims, others] = [new Array<StackClaim>(), new Array<OtherParameter>()];
  const rules = new Map<ClaimKind, ReadonlyMap<string, string>>();
  const states = new Map<string, StackState>();
  for (const { kind, describeRules } of settings) {
    // before the claims, because a stack writes its claim before its rules
    rules.set(kind, await describeRules(task));
    for (const { name: parameter, value } of await readClaimParameters(task, clients.ssm(region), kind)) {
      const claim = parseClaim(value);
      if (!claim || claimName(kind, claim.stack) !== parameter || !isStackIn(claim.stack, region, registryId)) {
        others.push({ kind, parameter });
        continue;
      }
      const state = states.get(claim.stack) ?? await readStackState(task, clients.cloudFormation(region), claim.stack);
      states.set(claim.stack, state);
      claims.push({ kind, parameter, claim, ...state });
    }
  }
  return { registryId, region, task, settings, claims, others, rules };
}

/** Whether it is the ARN of a stack of this account and Region, for which alone CloudFormation can say that it does not exist. */
function isStackIn(arn: string, region: string, account: string): boolean {
  const [, arnRegion, arnAccount] = /^arn:[\w-]+:cloudformation:([\w-]+):(\d{12}):stack\/[\w-]+\/[\w-]+$/.exec(arn) ?? [];
  return arnRegion === region && arnAccount === account;
}
