import type { ECRClient } from '@aws-sdk/client-ecr';
import { Claims, ruleKey } from './claims';
import { claimFor, leavingClaim, mergeRules, RegistryClaim, removableKeys, ScanType } from '../../../src/core/registry-rules/claim';
import { converge, Outcome, SharedStore, UnsettledError } from '../aws/converge';
import { EcrClients, withoutRetries } from '../aws/ecr-clients';
import type { ParameterClients } from '../aws/parameter-clients';
import { SingleAttempts } from '../aws/single-attempts';
import { isDeniedForGood } from '../protocol/denial';
import { isAccessDenied, OperationError } from '../protocol/errors';
import type { EcrTask, Job } from '../protocol/job';
import { GAP, SETTLING_TIME } from '../repository/settling';

/** A setting of a registry to whose rules several stacks add theirs. */
export interface SharedRules<Setting, Rule> {
  /** Name of the registry in messages. */
  readonly subject: string;
  /** Kind of the rules in messages, and in the path of the claims. */
  readonly kind: string;
  readonly rules: readonly Rule[];
  /** Scan type that the rules need. */
  readonly scanType?: ScanType;
  read(task: EcrTask): Promise<Setting>;
  rulesOf(setting: Setting): readonly Rule[];
  /** Returns a text that is equal for rules with the same meaning. */
  textOf(rule: Rule): string;
  /** Returns the setting with these rules. */
  with(live: Setting, rules: readonly Rule[]): Setting;
  /**
   * Checks a setting to which the rules of this stack were added.
   *
   * @throws UserError if they contradict those of others, or if there would be too many
   */
  refuse(setting: Setting, others: readonly RegistryClaim[], live: Setting): void;
  isSame(one: Setting, other: Setting): boolean;
  write(ecr: ECRClient, setting: Setting, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
  /** Returns what a person can do about an error of the write. */
  remedyFor(error: unknown): string | undefined;
}

/** Number of readings that may take longer than `GAP`. */
const MAX_SLOW_READINGS = 5;

export type RulesClients = Pick<EcrClients, 'ecr'> & ParameterClients;

type RulesJob = EcrTask & Pick<Job<unknown>, 'request' | 'begin'>;

/** Adds the rules of the stack to those of the registry, and removes those that the stack had before and nobody needs any more. */
export async function addRules<Setting extends object, Rule>(
  job: RulesJob, clients: RulesClients, shared: SharedRules<Setting, Rule>,
): Promise<void> {
  const { subject, kind, rules, scanType } = shared;
  const { StackId: stack } = job.request;
  const claims = new Claims(clients.ssm(), subject, kind, stack);
  const { live, own, others } = await readRulesAndClaims(job, claims, shared);
  const keyOf = (rule: Rule) => ruleKey(shared.textOf(rule));
  const claim = claimFor({ stack, scanType, keys: rules.map(keyOf) }, new Set(shared.rulesOf(live).map(keyOf)), own, others);
  shared.refuse(settingWith(shared, live, claim, others), others, live);
  job.begin();
  await claims.write(job, claim);
  await settle(withoutRetries(job, clients), claims, shared, claim, shared.refuse);
  if (claim.leaving.length > 0) await claims.write(job, { ...claim, leaving: [] });
  job.log(`${subject} has the ${rules.length} ${kind} rules of this stack (${claim.found.length} were there before)`);
}

/**
 * Reads the claims both before and after the rules. A stack has a claim for longer than that, so no rule of a stack looks like one that was
 * there before all stacks. If it took too long, such a rule could be taken for one, and would never be removed.
 */
async function readRulesAndClaims<Setting, Rule>(job: RulesJob, claims: Claims, shared: SharedRules<Setting, Rule>) {
  for (let attempts = 1; ; attempts++) {
    const readAt = job.clock.now();
    const before = await claims.read(job);
    const live = await shared.read(job);
    const { own, others } = await claims.read(job);
    if (job.clock.now() - readAt <= GAP || attempts === MAX_SLOW_READINGS) return { live, own, others: [...before.others, ...others] };
  }
}

/**
 * Removes the rules of the stack that no other stack needs, and that the stack added. The claim exists until they are removed.
 *
 * @param shared the setting, with no rules of the stack
 * @param stack ARN of the stack
 */
export async function removeRules<Setting extends object, Rule>(
  task: EcrTask, clients: RulesClients, shared: SharedRules<Setting, Rule>, stack: string,
): Promise<void> {
  const claims = new Claims(clients.ssm(), shared.subject, shared.kind, stack);
  const own = (await claims.read(task)).own ?? await readAgain(task, claims);
  if (own) {
    const claim = leavingClaim(own);
    await claims.write(task, claim);
    if (claim.leaving.length > 0) {
      await settle(withoutRetries(task, clients), claims, shared, claim, () => {});
      await claims.write(task, { ...claim, leaving: [] });
    }
  }
  task.log(`${shared.subject} has no ${shared.kind} rules of this stack`);
}

/** A claim that was written just before may not be in the list yet. Without it, its rules would remain. */
async function readAgain(job: EcrTask, claims: Claims): Promise<RegistryClaim | undefined> {
  await job.clock.sleep(SETTLING_TIME);
  return (await claims.read(job)).own;
}

function settingWith<Setting, Rule>(
  shared: SharedRules<Setting, Rule>, live: Setting, claim: RegistryClaim, others: readonly RegistryClaim[],
): Setting {
  const keyOf = (rule: Rule) => ruleKey(shared.textOf(rule));
  return shared.with(live, mergeRules(shared.rulesOf(live), shared.rules, keyOf, removableKeys(claim, others)));
}

/** @param job with a client that never retries */
async function settle<Setting extends object, Rule>(
  job: EcrTask, claims: Claims, shared: SharedRules<Setting, Rule>, claim: RegistryClaim, refuse: SharedRules<Setting, Rule>['refuse'],
): Promise<void> {
  const { subject, kind } = shared;
  const store = new RulesStore(job, shared, claims);
  try {
    await converge(store, job.clock, ({ live, others }) => {
      const expected = settingWith(shared, live, claim, others);
      refuse(expected, others, live);
      return shared.isSame(live, expected) ? undefined : expected;
    });
  } catch (error) {
    if (!(error instanceof UnsettledError)) throw error;
    throw new OperationError(error.why === 'slow'
      ? `${subject}: AWS takes more than ${GAP / 1_000} seconds to return the ${kind} rules and the claims on them, so that a write could`
        + ' undo changes of other writers. Try again later.'
      : `${subject}: the ${kind} rules were written 12 times, but changed again each time. Find out what else writes them, then try`
        + ' again.');
  }
}

interface Reading<Setting> {
  readonly live: Setting;
  readonly others: readonly RegistryClaim[];
}

class RulesStore<Setting extends object, Rule> implements SharedStore<Reading<Setting>, Setting> {
  private readonly attempts: SingleAttempts;

  constructor(private readonly job: EcrTask, private readonly shared: SharedRules<Setting, Rule>, private readonly claims: Claims) {
    this.attempts = new SingleAttempts(job);
  }

  get readAt(): number | undefined {
    return this.attempts.readAt;
  }

  read(): Promise<Reading<Setting>> {
    return this.attempts.read(async task => ({ others: (await this.claims.read(task)).others, live: await this.shared.read(task) }));
  }

  write(setting: Setting, within: number): Promise<Outcome> {
    const { job, shared } = this;
    job.progress(`writing the ${shared.kind} rules of the registry`);
    return this.attempts.write(within, abortSignal => shared.write(job.ecr, setting, { abortSignal }), error => {
      const remedy = shared.remedyFor(error);
      if (!isAccessDenied(error)) {
        throw new OperationError(`${shared.subject}: ECR rejected the ${shared.kind} rules.`
          + ` ${remedy ?? 'Correct them, then try again.'}\n${(error as Error).message}`, { cause: error });
      }
      if (!isDeniedForGood(error) && this.attempts.elapsed < job.patience) return;
      if (remedy === undefined) throw error;
      throw new OperationError(`${shared.subject}: ${remedy}\n${(error as Error).message}`, { cause: error });
    });
  }
}
