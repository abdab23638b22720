import type { Stack } from 'aws-cdk-lib';
import { subjects, Subject } from './subjects';
import { DeployedStack } from '../../test/lambda/deployed-stack';
import { LocalAccount } from '../../test/lambda/local-account';
import { Column, grouped, table } from '../table';

interface Row {
  readonly kind: string;
  readonly images: number;
  readonly left: number;
  readonly reported: string;
  readonly calls: number;
  readonly incumbent: string;
}

const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'Kind', value: row => row.kind },
  { title: 'Images', value: row => grouped(row.images) },
  { title: 'Left', value: row => row.left },
  { title: 'Reported', value: row => row.reported },
  { title: 'ECR calls', value: row => grouped(row.calls) },
  { title: 'aws-cdk-lib', value: row => row.incumbent },
];

/** Deletes every kind of repository that a stack can delete, with its role enforced, and shows whether aws-cdk-lib can do the same. */
export async function kinds(quick: boolean, print: (text: string) => void): Promise<{ rows: readonly Row[]; broken: readonly string[] }> {
  const rows = new Array<Row>();
  for (const subject of subjects(quick ? 100 : 1_000)) rows.push(await torndown(subject));
  print(`${table(COLUMNS, rows)}\n`);
  const unkept = rows.filter(({ left, reported }) => left > 0 || reported !== 'SUCCESS');
  return { rows, broken: unkept.map(({ kind, left, reported }) => `${kind}: ${left} left, ${reported}`) };
}

async function torndown({ kind, incumbent, type, handle, build, seed, images }: Subject): Promise<Row> {
  const account = await LocalAccount.start();
  try {
    const stack = DeployedStack.of('Bench', (scope: Stack) => build(scope));
    const story = account.cloudFormation.stack(stack.stackId);
    const [logicalId] = stack.logicalIds(type);
    story.status('CREATE_IN_PROGRESS');
    seed(account, stack);
    const created = await account.request(handle, stack, 'Create', logicalId);
    if (created?.Status !== 'SUCCESS') throw new Error(`${kind}: ${created?.Reason}`);
    story.status('CREATE_COMPLETE').status('DELETE_IN_PROGRESS');
    const before = images(account);
    account.ecr.clearCalls();
    account.ecrPublic.clearCalls();
    const answer = await account.request(handle, stack, 'Delete', logicalId);
    return {
      kind,
      incumbent,
      images: before,
      left: images(account),
      reported: answer?.Status ?? 'nothing',
      calls: account.ecr.calls.length + account.ecrPublic.calls.length,
    };
  } finally {
    await account.stop();
  }
}
