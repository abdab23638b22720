import type { Mutation } from './mutation';

const REMOVE = 'test/cli/claims-remove.test.ts';

/** What `claims remove` refuses. */
export const CLAIMS: readonly Mutation[] = [
  {
    rule: 'claims: a stack that exists keeps its claims',
    file: 'cli/claims/target.ts',
    find: 'if (state === \'exists\') {',
    replace: 'if (false) {',
    tests: REMOVE,
    test: 'claims remove refuses a stack that is CREATE_COMPLETE',
  },
  {
    rule: 'claims: a stack of which nobody knows whether it exists keeps its claims',
    file: 'cli/claims/target.ts',
    find: 'if (state === \'unknown\') {',
    replace: 'if (false) {',
    tests: REMOVE,
    test: 'claims remove refuses a stack of which it is unknown whether it exists',
  },
  {
    rule: 'claims: no rule is removed while a parameter is not a claim',
    file: 'cli/claims/remove.ts',
    find: 'if (obstacles.length === 0) return;',
    replace: 'if (obstacles.length >= 0) return;',
    tests: REMOVE,
    test: 'claims remove refuses while a parameter of the same kind is not a claim',
  },
];
