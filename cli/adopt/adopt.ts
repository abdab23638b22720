import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { Command, Option } from 'commander';
import { MANIFEST } from './cloud-assembly';
import type { DeclaredRepository } from './declared-repositories';
import { DeclarationPlace, findDeclaration } from './find-declaration';
import { isHarm } from './finding';
import { ADOPT_HELP } from './help';
import { checkImportConditions } from './import-conditions';
import { LiveRepository, readLiveRepository } from './live-repository';
import { findNewerSource } from './newer-source';
import { findOwners } from './owner';
import { isSafe, Report, reportAsJson, reportAsText } from './report';
import { Stacks } from './stacks';
import { renderCode } from './typescript';
import { checkAccount, describeAbsence, regionOf } from './whereabouts';
import { pluralize } from '../../src/core/format';
import type { JsonObject } from '../../src/core/json';
import { clientConfiguration, createEcrClient } from '../ecr-client';
import { Failure } from '../failure';
import * as argument from '../teardown/argument';
import { complain, terminalOf } from '../terminal';
import { compareSettings } from './settings/settings';
import { resolveIntrinsics } from '../../src/core/intrinsics';

interface Options extends DeclarationPlace {
  readonly region?: string;
  readonly json?: true;
}

export function addAdopt(program: Command): void {
  program.command('adopt')
    .summary('check whether cdk deploy --import-existing-resources can safely import a repository into its stack')
    .description('Compares a repository with its declaration in an AWS CDK app. Shows what cdk deploy --import-existing-resources would'
      + ' replace, remove, or overwrite, prints TypeScript that keeps it, and finds the stack that owns the repository. Changes nothing.')
    .option('--app <folder>', 'the output folder of cdk synth', 'cdk.out')
    .option('--stack <stack>', 'the stack with the declaration, if several stacks declare the repository; with --template, the name of'
      + ' its stack')
    .addOption(new Option('--template <file>', 'search for the declaration only in this template').conflicts('app'))
    .option('--logical-id <id>', 'the logical id of the declaration')
    .option('--region <region>', 'the Region of the repository, if the stack does not specify one (default: AWS_REGION,'
      + ' AWS_DEFAULT_REGION, or the AWS profile)', argument.oneRegion)
    .option('--json', 'print only { repository, region, account, stack, logicalId, isSafe, findings: [{ setting, effect, message,'
      + ' command }], typescript, command }')
    .argument('<repository>', 'the name of the repository', argument.oneRepositoryName)
    .addHelpText('after', ADOPT_HELP)
    .action(adopt);
}

/** Makes only calls that read. */
async function adopt(name: string, options: Options): Promise<void> {
  const declaration = await findDeclaration(name, options);
  hintAtNewerSource(options);
  const region = regionOf(declaration, options.region);
  const live = await find(name, declaration, region);
  checkAccount(declaration, live);
  const stacks = new Stacks(new CloudFormationClient(clientConfiguration(live.region)), name);
  const findings = [
    ...checkImportConditions(declaration),
    ...await findOwners(stacks, declaration, live),
    ...compareSettings(knownProperties(declaration, live), declaration.stack.tags, live),
  ];
  const report: Report = {
    declaration,
    live,
    findings,
    code: renderCode(findings.flatMap(({ code }) => code ?? []), { name, id: constructIdOf(declaration) }),
    command: `npx cdk deploy ${declaration.stack.id} --import-existing-resources`,
  };
  process.stdout.write(options.json ? reportAsJson(report) : reportAsText(report, terminalOf(process.stdout)));
  if (isSafe(report)) return;
  const count = findings.filter(isHarm).length;
  throw new Failure([`the import is not safe, or its effect is unknown (${pluralize(count, 'finding')}). Change the declaration, run npx`
    + ' cdk'
    + ' synth, and run this command again']);
}

function hintAtNewerSource({ app, template }: Options): void {
  const source = template === undefined ? findNewerSource(process.cwd(), join(app, MANIFEST)) : undefined;
  if (source !== undefined) complain('note', `${source} is newer than ${app}. If the app has changed, run npx cdk synth first`);
}

async function find(name: string, declaration: DeclaredRepository, region: string | undefined): Promise<LiveRepository> {
  const ecr = createEcrClient(region);
  const live = await readLiveRepository(ecr, name);
  if ('arn' in live) return live;
  const here = await ecr.config.region();
  throw new Failure([describeAbsence(name, declaration, here, live, await findInOwnRegion(name, here))]);
}

/** Returns the Region of the environment if it contains the repository and differs from the Region of the stack. */
async function findInOwnRegion(name: string, here: string): Promise<string | undefined> {
  const ecr = createEcrClient();
  const region = await ecr.config.region().catch(() => here);
  if (region === here) return undefined;
  return readLiveRepository(ecr, name).then(live => 'arn' in live ? region : undefined, () => undefined);
}

/** Resolves the properties of the declaration, as far as their values are known before the deployment. */
function knownProperties({ properties, stack, isNested }: DeclaredRepository, { partition, region, account }: LiveRepository): JsonObject {
  return resolveIntrinsics(properties, {
    Partition: partition, Region: region, AccountId: account, ...isNested ? {} : { StackName: stack.name },
  }) as JsonObject;
}

/** Returns the construct id in a path: `App` for `Shop/App/Resource`. */
function constructIdOf({ constructPath = '' }: DeclaredRepository): string {
  return constructPath.split('/').at(-2) ?? 'Repository';
}
