import type { Command } from 'commander';
import { REMOVE_HELP } from './help';
import { Inventory, OtherParameter, readInventory, StackClaim } from './inventory';
import { PlannedRule, planRemoval, renderRemoval } from './plan';
import { claimsOfGoneStack, otherParameterOf, target } from './target';
import { removeClaimParameter, stackNameOf } from '../../lambda/shared/registry/claims';
import { toOneLine } from '../../src/core/format';
import { Failure } from '../failure';
import { runAttended } from '../session/attended';
import { attempt } from '../session/refusal';
import type { Session } from '../session/session';
import { oneRegion } from '../teardown/argument';
import { canAsk, isConfirmed } from '../teardown/confirmation';
import { terminalOf } from '../terminal';

interface Options {
  readonly region?: string;
  readonly keepRules?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

export function addRemove(claims: Command): void {
  claims.command('remove')
    .summary('remove the claims of a stack that no longer exists')
    .description('Removes the claims of a stack that no longer exists, and the rules of the registry that only this stack claims. Also'
      + ' removes a parameter that is not a claim, by its name. Without --yes, the command shows what it would remove and asks you to'
      + ' confirm.')
    .argument('<stack>', 'the name or UUID of the stack, or the name of a parameter that is not a claim', target)
    .option('--keep-rules', 'remove only the claims, and keep the rules of the registry')
    .option('--region <region>', 'the Region of the registry (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)', oneRegion)
    .option('--dry-run', 'show what would be removed, without changes')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', REMOVE_HELP)
    .action(async (text: string, options: Options, command: Command) => {
      if (!options.dryRun && !options.yes && !canAsk()) {
        command.error('error: the command cannot ask for confirmation without a terminal. Add --yes, or --dry-run to see what would be'
          + ' removed');
      }
      await runAttended(session => remove(session, text, options));
    });
}

async function remove(session: Session, text: string, options: Options): Promise<number> {
  const inventory = await attempt(() => readInventory(session, options.region));
  const parameter = otherParameterOf(text, inventory);
  return parameter
    ? removeOtherParameter(session, inventory, parameter, options) : removeClaims(session, inventory, text, options);
}

async function removeOtherParameter(
  session: Session, { region, task }: Inventory, { parameter }: OtherParameter, options: Options,
): Promise<number> {
  const describe = (words: string) => `${words}: parameter ${toOneLine(parameter)}, which is not a claim\n`;
  return carryOut(session, parameter, options, () => describe('to remove'), async () => {
    await removeClaimParameter(task, session.clients.ssm(region), parameter);
    return describe('removed');
  });
}

async function removeClaims(session: Session, inventory: Inventory, text: string, options: Options): Promise<number> {
  const { keepRules: keepsRules = false } = options;
  const claims = claimsOfGoneStack(text, inventory);
  const stack = stackNameOf(claims[0].claim);
  if (!keepsRules) refuseUnknownNeeds(claims, inventory);
  const plan = planRemoval(claims, inventory, keepsRules);
  return carryOut(session, text, options, stream => renderRemoval(stack, claims, plan, 'to remove', terminalOf(stream)), async () => {
    for (const claim of claims) await removeClaim(session, inventory, claim, keepsRules);
    return renderRemoval(stack, claims, await confirmed(plan, inventory), 'removed', terminalOf(process.stdout));
  });
}

/** A parameter that is not a claim may stand for rules that others need. */
function refuseUnknownNeeds(claims: readonly StackClaim[], { others }: Inventory): void {
  const obstacles = others.filter(({ kind }) => claims.some(claim => claim.kind === kind));
  if (obstacles.length === 0) return;
  throw new Failure(obstacles.map(({ parameter }) => `parameter ${parameter} is not a claim, so it is unknown which rules other stacks`
    + ` need. Nothing was changed. Remove it first if nobody needs it (npx cdk-ecr-keeper claims remove ${parameter}), or add`
    + ' --keep-rules'));
}

async function removeClaim(
  { clients }: Session, { region, task, settings }: Inventory, { kind, claim, parameter }: StackClaim, keepsRules: boolean,
): Promise<void> {
  if (keepsRules) return removeClaimParameter(task, clients.ssm(region), parameter);
  const setting = settings.find(each => each.kind === kind)!;
  await setting.removeRulesOf(claim.stack, { ...task, log: () => undefined }, {
    ecr: () => clients.ecrWithoutRetries(region),
    ssm: () => clients.ssm(region),
  });
}

/** Returns the plan as the registry has it now: a stack can claim a rule until the moment in which it is removed. */
async function confirmed(plan: readonly PlannedRule[], { settings, task }: Inventory): Promise<PlannedRule[]> {
  const live = new Map<string, ReadonlyMap<string, string>>();
  for (const { kind, describeRules } of settings) {
    if (plan.some(rule => rule.isRemoved && rule.kind === kind)) live.set(kind, await describeRules(task));
  }
  return plan.map(rule => rule.isRemoved && live.get(rule.kind)?.has(rule.key)
    ? { ...rule, isRemoved: false, reason: 'a stack has claimed it in the meantime' } : rule);
}

/** @param change makes the changes, and returns what it has removed */
async function carryOut(
  session: Session, text: string, { dryRun, yes }: Options,
  describe: (stream: typeof process.stdout | typeof process.stderr) => string, change: () => Promise<string>,
): Promise<number> {
  session.clear();
  if (dryRun) {
    process.stdout.write(describe(process.stdout));
    return 0;
  }
  if (!yes) {
    process.stderr.write(`${describe(process.stderr)}\n`);
    const question = `To continue, type ${text}: `;
    if (!await isConfirmed(question, text, session.interruption.signal)) {
      throw new Failure([`the confirmation did not match ${text}. Nothing was changed`]);
    }
  }
  const result = await session.interruption.complete(() => attempt(change));
  session.clear();
  process.stdout.write(result);
  return 0;
}
