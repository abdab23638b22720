import type { Stack } from 'aws-cdk-lib';
import type { DeployedStack } from './deployed-stack';
import { CLEANING, CREATED, describeFaults, FaultScene, UPDATING } from './fault-points';
import type { LocalAccount } from './local-account';
import type { PolicyDocument, Statement } from '../../src/core/policy/document';
import { sameMeaning } from '../../src/core/policy/normal-form';

/** A policy to which a stack adds one statement, and how a test reads and writes it. */
export interface PolicyUnderTest {
  readonly handler: Parameters<typeof describeFaults>[0];
  readonly resourceType: string;
  readonly build: (stack: Stack) => void;
  /** Statements of another owner. */
  readonly foreign: Statement[];
  /** The statement of the stack, with the beginning of its Sid. */
  readonly own: Statement & { readonly Sid: string };
  /** Action of the statement before the update. */
  readonly formerAction: string;
  read(account: LocalAccount): PolicyDocument | undefined;
  write(account: LocalAccount, statements: Statement[]): void;
}

interface Situation extends Pick<FaultScene, 'name' | 'request' | 'history'> {
  readonly before: Statement[];
  readonly after: Statement[];
}

/** Tests each request about a policy with each fault at each call. */
export function describePolicyFaults({ handler, resourceType, build, foreign, own, formerAction, read, write }: PolicyUnderTest): void {
  const withOwner = (stack: DeployedStack, statements: Statement[]) => statements.map(statement => foreign.includes(statement) ? statement
    : { ...statement, Sid: `${own.Sid}CdkEcrKeeper${stack.stackId.split('/')[2].replace(/-/g, '')}${stack.logicalIds(resourceType)[0]}` });

  const scene = ({ before, after, ...rest }: Situation): FaultScene => ({
    ...rest,
    build,
    prepare: (account, stack) => write(account, withOwner(stack, before)),
    isFinal: answer => answer?.Status === 'SUCCESS',
    expectEnd: (account, stack, answer) => {
      expect(answer?.Status).toBe('SUCCESS');
      const live = read(account);
      if (after.length === 0) expect(live).toBeUndefined();
      else expect(sameMeaning(live!, { Version: '2012-10-17', Statement: withOwner(stack, after) })).toBe(true);
    },
  });

  describeFaults(handler, resourceType, [
    scene({
      name: 'Create with statements of other owners',
      request: 'Create',
      history: CREATED.slice(0, 1),
      before: foreign,
      after: [...foreign, own],
    }),
    scene({ name: 'Create without a policy', request: 'Create', history: CREATED.slice(0, 1), before: [], after: [own] }),
    scene({
      name: 'Update',
      request: 'Update',
      history: UPDATING,
      before: [...foreign, { ...own, Action: formerAction }],
      after: [...foreign, own],
    }),
    scene({
      name: 'Delete with statements of other owners', request: 'Delete', history: CLEANING, before: [...foreign, own], after: foreign,
    }),
    scene({ name: 'Delete of the only statement', request: 'Delete', history: CLEANING, before: [own], after: [] }),
  ]);
}
