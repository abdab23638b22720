import type { Mutation } from './mutation';

const RULINGS = 'test/core/policy/replication.test.ts';
const HANDLER = 'test/lambda/registry-replication/other-account.test.ts';

/** Rules that lead to registries of other accounts. */
export const REPLICATION: readonly Mutation[] = [
  {
    rule: 'replication: a denial counts more than what allows the replication',
    file: 'src/core/policy/replication.ts',
    find: 'if (denial !== undefined)',
    replace: 'if (denial !== undefined && find(\'Allow\', true) === undefined)',
    tests: RULINGS,
    test: 'a rule for team/ is denied by a statement that denies it, whatever else allows it',
  },
  {
    rule: 'replication: a statement for some names does not permit a rule for more',
    file: 'src/core/policy/replication.ts',
    find: 'isForAll: extent === \'all\',',
    replace: 'isForAll: true,',
    tests: RULINGS,
    test: 'a rule for all repositories needs a statement for all repositories',
  },
  {
    rule: 'replication: a condition is not taken for a permission',
    file: 'src/core/policy/replication.ts',
    find: ' && Object.keys(statement.Condition ?? {}).length === 0',
    replace: '',
    tests: HANDLER,
    test: 'what is uncertain is not refused, and the log says why',
  },
  {
    rule: 'replication: a destination is checked before the rules are written',
    file: 'lambda/registry-replication/apply.ts',
    find: '  await checkDestinations(job, clients);\n  await add(job, clients);',
    replace: '  await add(job, clients);\n  await checkDestinations(job, clients);',
    tests: HANDLER,
    test: 'with no policy, the rule is refused before anything is changed, with the statement',
  },
  {
    rule: 'replication: a rollback writes its rules whatever the other account permits',
    file: 'lambda/registry-replication/apply.ts',
    find: 'await unlessRollingBack(job, () => checkDestinations(job, clients, old));',
    replace: 'await checkDestinations(job, clients, old);',
    tests: HANDLER,
    test: 'when the registry no longer permits it a rollback that brings a rule back is not blocked, writes the rule, and logs the problem',
  },
  {
    rule: 'replication: an update that only removes rules is not blocked',
    file: 'lambda/registry-replication/check-destinations.ts',
    find: 'prefix => !known.has(keyOf(check, prefix))',
    replace: '() => known.size >= 0',
    tests: HANDLER,
    test: 'when the registry no longer permits it an Update that only removes a rule is not checked',
  },
];
