import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Repository, Teardown } from '../../src';
import { Column, grouped, table } from '../table';

export interface StackRow {
  readonly repositories: number;
  readonly side: string;
  readonly resources: number;
  readonly functions: number;
  readonly policyCharacters: number;
  readonly templateBytes: number;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500;
const MAX_TEMPLATE_BYTES = 1_048_576;
const SIZES = [1, 10, 100, 400];

const SIDES: ReadonlyArray<{ readonly side: string; readonly declare: (stack: Stack, id: string) => void }> = [
  {
    side: 'aws-ecr',
    declare: (stack, id) => new ecr.Repository(stack, id, { imageScanOnPush: true, imageTagMutability: ecr.TagMutability.IMMUTABLE }),
  },
  {
    side: 'aws-ecr, autoDeleteImages',
    declare: (stack, id) => new ecr.Repository(stack, id, {
      imageScanOnPush: true, imageTagMutability: ecr.TagMutability.IMMUTABLE, removalPolicy: RemovalPolicy.DESTROY, autoDeleteImages: true,
    }),
  },
  { side: 'ours, no teardown', declare: (stack, id) => new Repository(stack, id) },
  {
    side: 'ours, maxImages: 100',
    declare: (stack, id) => new Repository(stack, id, { teardown: Teardown.deleteWithImages({ maxImages: 100 }) }),
  },
];

const COLUMNS: ReadonlyArray<Column<StackRow>> = [
  { title: 'Repositories', value: row => row.repositories },
  { title: 'Side', value: row => row.side },
  { title: 'Resources', value: row => row.resources },
  { title: 'Functions', value: row => row.functions },
  { title: 'Policy characters', value: row => grouped(row.policyCharacters) },
  { title: 'Template bytes', value: row => grouped(row.templateBytes) },
  { title: 'Per repository', value: row => grouped(Math.round(row.templateBytes / row.repositories)) },
  { title: 'Deployable', value: deployable },
];

function deployable({ resources, templateBytes }: StackRow): string {
  if (resources > MAX_RESOURCES) return `no, over ${MAX_RESOURCES} resources`;
  return templateBytes > MAX_TEMPLATE_BYTES ? 'no, template too large' : 'yes';
}

export function stacks(
  _quick: boolean, print: (text: string) => void,
): { stacks: StackRow[]; mostRepositories: Record<string, number>; broken: [] } {
  const rows = SIZES.flatMap(size => SIDES.map(({ side, declare }) => describe(size, side, declare)));
  print(`${table(COLUMNS, rows)}\n`);
  const mostRepositories = Object.fromEntries(SIDES.map(({ side }) => [side, most(rows.filter(each => each.side === side))]));
  print('Maximum number of repositories in one stack:'
    + ` ${Object.entries(mostRepositories).map(([side, count]) => `${side} ${count}`).join('; ')}.\n`);
  return { stacks: rows, mostRepositories, broken: [] };
}

function describe(repositories: number, side: string, declare: (stack: Stack, id: string) => void): StackRow {
  // The CDK allows at most 500 resources. 0 removes this limit, to measure larger stacks.
  const stack = new Stack(new App({ context: { '@aws-cdk/core:stackResourceLimit': 0 } }), 'Bench');
  for (let at = 1; at <= repositories; at += 1) declare(stack, `App${at}`);
  const template = Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string; Properties?: Record<string, any> }> };
  const resources = Object.values(template.Resources);
  const documents = resources.flatMap(({ Type, Properties = {} }) => {
    if (Type === 'AWS::IAM::Policy') return [Properties.PolicyDocument];
    return Type === 'AWS::IAM::Role'
      ? ((Properties.Policies ?? []) as Array<{ PolicyDocument: object }>).map(policy => policy.PolicyDocument) : [];
  });
  return {
    repositories,
    side,
    resources: resources.length,
    functions: resources.filter(({ Type }) => Type === 'AWS::Lambda::Function').length,
    policyCharacters: documents.reduce((sum: number, document) => sum + JSON.stringify(document).length, 0),
    templateBytes: Buffer.byteLength(JSON.stringify(template)),
  };
}

/** Computes the maximum for both limits from the difference between the smallest and the largest stack. */
function most(rows: readonly StackRow[]): number {
  const [one, many] = [rows[0], rows[rows.length - 1]];
  const room = (of: (row: StackRow) => number, limit: number) => {
    const each = (of(many) - of(one)) / (many.repositories - one.repositories);
    return Math.floor((limit - of(one)) / each) + one.repositories;
  };
  return Math.min(room(each => each.resources, MAX_RESOURCES), room(each => each.templateBytes, MAX_TEMPLATE_BYTES));
}
