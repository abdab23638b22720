import type { Mutation } from './mutation';

const RULE = 'test/refusal-rule.test.ts';
const REPOSITORY = 'test/repository-events.test.ts';

/** Event patterns, and what keeps a rule until its event is sent. */
export const EVENTS: readonly Mutation[] = [
  {
    rule: 'events: a rule is deleted after what can be refused',
    file: 'src/private/events/refusals.ts',
    find: '    for (const resource of dependents) resource.node.addDependency(this);\n',
    replace: '',
    tests: RULE,
    test: 'onRefused matches failures of the resources of the construct, which keep the rule and the topic: a lifecycle policy of a prefix',
  },
  {
    rule: 'events: a target that is added later is deleted after what can be refused',
    file: 'src/private/events/refusals.ts',
    find: 'if (targetResource) for',
    replace: 'if (targetResource && id === \'Target0\' && this.dependents.length === 0) for',
    tests: RULE,
    test: 'onRefused keeps also a target that is added later',
  },
  {
    rule: 'events: a closed finding is no event',
    file: 'src/core/events/finding.ts',
    find: '        status: [\'ACTIVE\'],\n',
    replace: '',
    tests: REPOSITORY,
    test: 'onFinding matches findings of both kinds of scans, as far as the options say: a finding of Inspector that was closed',
  },
  {
    rule: 'events: a severity that counts 0 is no event',
    file: 'src/core/events/finding.ts',
    find: '{ numeric: [\'>\', 0] }',
    replace: '{ numeric: [\'>=\', 0] }',
    tests: REPOSITORY,
    test: 'onFinding matches findings of both kinds of scans, as far as the options say: a basic scan that counts 0',
  },
  {
    rule: 'events: a condition of the user does not add events',
    file: 'src/private/events/event-rule.ts',
    find: 'if (known === undefined || value === undefined) return [];',
    replace: 'return [];',
    tests: REPOSITORY,
    test: 'onPush throws for a condition that it sets itself, which would otherwise select more events',
  },
];
