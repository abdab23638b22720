import type { Mutation } from './mutation';

export const POLICIES: readonly Mutation[] = [
  {
    rule: 'policy: a Sid of somebody else is not taken',
    file: 'lambda/repository-policy/apply.ts',
    find: 'if (refused.length > 0) {',
    replace: 'if (false) {',
  },
  {
    rule: 'policy: only its own statements are taken back',
    file: 'src/core/policy/ownership.ts',
    find: 'Statement: live.Statement.filter(statement => !isOwnedBy(statement, suffix)) };',
    replace: 'Statement: [] };',
  },
  {
    rule: 'policy: what was written is seen, not believed',
    file: 'lambda/repository-policy/converge.ts',
    find: 'if (outcome === \'written\') writes++;',
    replace: 'if (outcome === \'written\') return;',
  },
  {
    rule: 'policy: what is there is looked at again after some seconds',
    file: 'lambda/repository-policy/converge.ts',
    find: 'if (remaining <= 0) return;',
    replace: 'return;',
  },
  {
    rule: 'policy: principals are taken out of the statements of others on request only',
    file: 'lambda/repository-policy/live-policy.ts',
    find: 'if (deadStatements.length > 0 && job.properties.dropDeadPrincipals && !this.isDropping)',
    replace: 'if (deadStatements.length > 0 && !this.isDropping)',
  },
  {
    rule: 'policy: who deploys is not locked out',
    file: 'lambda/repository-policy/apply.ts',
    find: 'if (locking.length === 0) return;',
    replace: 'return;',
  },
  {
    rule: 'policy: meanings are compared, not texts',
    file: 'src/core/policy/normal-form.ts',
    find: 'return normalForm(one) === normalForm(other);',
    replace: 'return JSON.stringify(one) === JSON.stringify(other);',
  },
  {
    rule: 'lifecycle: another text is not overwritten',
    file: 'lambda/lifecycle-policy/apply.ts',
    find: "if (!isReplaceable && !overwrite && owner !== 'other-stack')",
    replace: 'if (false)',
  },
  {
    rule: 'lifecycle: what is overwritten is logged in full',
    file: 'lambda/lifecycle-policy/apply.ts',
    find: 'if (live !== undefined) job.log(',
    replace: 'if (live === \'\') job.log(',
  },
  {
    rule: 'lifecycle: taken back only while the mark is its own',
    file: 'lambda/lifecycle-policy/withdraw.ts',
    find: "if (owner !== 'own')",
    replace: 'if (false)',
  },
  {
    rule: 'lifecycle: taken back only while the text is its own',
    file: 'lambda/lifecycle-policy/withdraw.ts',
    find: 'if (!sameLifecycle(live, policyText))',
    replace: 'if (false)',
  },
  {
    rule: 'lifecycle: what was written is seen, not believed',
    file: 'lambda/lifecycle-policy/live-text.ts',
    find: "  await confirm(job, live => live !== undefined && sameLifecycle(live, lifecyclePolicyText), 'does not",
    replace: "  if (!job) await confirm(job, live => live !== undefined && sameLifecycle(live, lifecyclePolicyText), 'does not",
  },
];
