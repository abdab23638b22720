import type { Mutation } from './mutation';

const TESTS = 'test/lambda/pull-through-cache/pull-through-cache.test.ts';

export const PULL_THROUGH_CACHE: readonly Mutation[] = [
  {
    rule: 'cache: a rule of another owner is not taken over',
    file: 'lambda/pull-through-cache/create.ts',
    find: 'if (live && !await isOfThisCreation(job, live)) throw takenError(job, live);',
    replace: '',
    tests: TESTS,
    test: 'Create refuses a rule of another owner with the same settings, and its rollback keeps the rule',
  },
  {
    rule: 'cache: a rule for another upstream registry is not deleted',
    file: 'lambda/pull-through-cache/withdraw.ts',
    find: 'const isOwn = isCreated(job) ? hasUpstream(live, properties) :',
    replace: 'const isOwn = isCreated(job) ? Boolean(properties) :',
    tests: TESTS,
    test: 'Delete keeps a rule that somebody else created for another registry',
  },
  {
    rule: 'cache: a Create that failed deletes only the rule that it created',
    file: 'lambda/pull-through-cache/ownership.ts',
    find: 'return begin !== undefined && rule.createdAt.getTime() >=',
    replace: 'return begin === undefined || rule.createdAt.getTime() <=',
    tests: TESTS,
    test: 'Delete after a Create that failed removes only a rule that this Create created',
  },
  {
    rule: 'cache: an Update does not replace a rule of another owner',
    file: 'lambda/pull-through-cache/change.ts',
    find: 'if (live && !hasUpstream(live, properties) && !(old && hasUpstream(live, old))) throw takenError(job, live);',
    replace: '',
    tests: TESTS,
    test: 'Update refuses to replace a rule that somebody else set',
  },
  {
    rule: 'cache: a rule with wrong credentials is removed again',
    file: 'lambda/pull-through-cache/create.ts',
    find: 'await removeRule(job).catch((failure: Error) => job.log(failure.message));',
    replace: '',
    tests: TESTS,
    test: 'Create removes a rule whose credentials are wrong, with the reason of Amazon ECR first',
  },
  {
    rule: 'cache: the rule is deleted before its repositories',
    file: 'src/registry/pull-through-cache.ts',
    find: 'rule.node.addDependency(new PrefixTeardown(',
    replace: 'void (new PrefixTeardown(',
    tests: 'test/pull-through-cache.test.ts',
    test: 'the settings of the repositories with a teardown include its tag, and the rule is deleted before the repositories',
  },
];
