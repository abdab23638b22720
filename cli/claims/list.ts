import type { Command } from 'commander';
import { LIST_HELP } from './help';
import { Inventory, readInventory } from './inventory';
import { describeRule, rulesOfClaim, unclaimedRules } from './rows';
import { stackNameOf } from '../../lambda/shared/registry/claims';
import { pluralize, toOneLine } from '../../src/core/format';
import { stackUuid } from '../../src/core/mark';
import { renderTable } from '../columns';
import { runAttended } from '../session/attended';
import { attempt } from '../session/refusal';
import type { Session } from '../session/session';
import { oneRegion } from '../teardown/argument';
import { Terminal, terminalOf, wrap } from '../terminal';

interface Options {
  readonly region?: string;
  readonly json?: true;
}

export function addList(claims: Command): void {
  claims.command('list', { isDefault: true })
    .summary('show the claims of all stacks (default)')
    .description('Shows which replication rules and scan filters of a registry each stack claims, whether the stack exists, and the rules'
      + ' that no stack claims. Changes nothing.')
    .option('--region <region>', 'the Region of the registry (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)', oneRegion)
    .option('--json', 'print only { registry, region, claims: [{ kind, stack, stackArn, uuid, state, detail, parameter, scanType, rules:'
      + ' [{ key, standing, rule }] }], unclaimedRules: [{ kind, key, rule }], otherParameters: [{ kind, parameter }] }')
    .addHelpText('after', LIST_HELP)
    .action((options: Options) => runAttended(session => list(session, options)));
}

async function list(session: Session, { region, json }: Options): Promise<number> {
  const inventory = await attempt(() => readInventory(session, region));
  session.clear();
  process.stdout.write(json ? inventoryAsJson(inventory) : inventoryAsText(inventory, terminalOf(process.stdout)));
  return inventory.others.length > 0 || inventory.claims.some(({ state }) => state !== 'exists') ? 1 : 0;
}

function inventoryAsJson(inventory: Inventory): string {
  const { registryId: registry, region, claims, others: otherParameters } = inventory;
  return `${JSON.stringify({
    registry,
    region,
    claims: claims.map(claim => ({
      kind: claim.kind,
      stack: stackNameOf(claim.claim),
      stackArn: claim.claim.stack,
      uuid: stackUuid(claim.claim.stack),
      state: claim.state,
      detail: claim.detail,
      parameter: claim.parameter,
      scanType: claim.claim.scanType ?? null,
      rules: rulesOfClaim(claim, inventory).map(({ rule = null, ...rest }) => ({ ...rest, rule })),
    })),
    unclaimedRules: unclaimedRules(inventory),
    otherParameters,
  }, undefined, 2)}\n`;
}

function inventoryAsText(inventory: Inventory, terminal: Terminal): string {
  const { registryId, region, claims } = inventory;
  const stacks = new Set(claims.map(({ claim }) => claim.stack)).size;
  const rows = [
    ...claims.flatMap(claim => rulesOfClaim(claim, inventory).map(rule =>
      [claim.state, claim.kind, rule.standing, stackNameOf(claim.claim), describeRule(rule)])),
    ...unclaimedRules(inventory).map(({ kind, rule }) => ['-', kind, 'none', '-', rule]),
  ];
  return [
    `registry ${registryId} in ${region}: ${pluralize(claims.length, 'claim')} of ${pluralize(stacks, 'stack')}`,
    ...rows.length === 0 ? [] : [
      '', ...renderTable(['STATE', 'KIND', 'CLAIM', 'STACK', 'RULE'], rows.map(row => row.map(toOneLine)), terminal),
    ],
    ...remarks(inventory).flatMap(remark => ['', ...wrap(toOneLine(remark), terminal.width)]),
    '',
  ].join('\n');
}

/** What a person can do about claims that no stack looks after. */
function remarks({ claims, others }: Inventory): string[] {
  const stacks = [...new Map(claims.map(claim => [claim.claim.stack, claim])).values()];
  const command = 'npx cdk-ecr-keeper claims remove';
  return [
    ...stacks.filter(({ state }) => state === 'gone').map(({ claim }) =>
      `Stack '${stackNameOf(claim)}' does not exist. To remove its claims: ${command} ${stackUuid(claim.stack)}`),
    ...stacks.filter(({ state }) => state === 'unknown').map(({ claim, detail }) =>
      `It is unknown whether stack '${stackNameOf(claim)}' exists: ${detail}`),
    ...others.map(({ kind, parameter }) => `Parameter ${parameter} is not a claim of a stack of this account and Region, so stacks may be`
      + ` unable to change ${kind} rules. If nobody needs it: ${command} ${parameter}`),
  ];
}
