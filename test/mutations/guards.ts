import type { Mutation } from './mutation';

export const GUARDS: readonly Mutation[] = [
  {
    rule: 'guard: more images than allowed',
    file: 'src/core/lifecycle/guard.ts',
    find: 'maxImages !== undefined && expiring > maxImages',
    replace: 'maxImages !== undefined && expiring < 0',
  },
  {
    rule: 'guard: a share of all images',
    file: 'src/core/lifecycle/guard.ts',
    find: 'percentage > maxPercentage',
    replace: 'percentage < 0',
  },
  {
    rule: 'guard: archived images are out of use too',
    file: 'lambda/shared/lifecycle/guard.ts',
    find: "action: action?.type === 'TRANSITION' ? 'TRANSITION' : 'EXPIRE',",
    replace: "action: 'EXPIRE',",
  },
  {
    rule: 'guard: pulls are looked at',
    file: 'lambda/shared/lifecycle/guard.ts',
    find: 'if (image && lastRecordedPullTime)',
    replace: 'if (false && image && lastRecordedPullTime)',
  },
  {
    rule: 'guard: tags of what will be started are resolved',
    file: 'lambda/shared/lifecycle/guard.ts',
    find: 'if (usedTag !== undefined)',
    replace: 'if (false)',
  },
  {
    rule: 'guard: an index is in use when one of its images is',
    file: 'lambda/shared/lifecycle/guard.ts',
    find: 'usersByDigest.get(digest) ?? children.get(digest)',
    replace: 'usersByDigest.get(digest) ?? children.get(`${digest}x`)',
  },
  {
    rule: 'guard: archived images are read too',
    file: 'lambda/shared/images/listing.ts',
    find: "filter: { tagStatus: 'ANY', imageStatus: 'ANY' }",
    replace: "filter: { tagStatus: 'TAGGED' }",
  },
  {
    rule: 'guard: a rollback is not refused',
    file: 'lambda/lifecycle-guard/check.ts',
    find: 'if (isRollingBackNow((await readStack(job)).status)) return',
    replace: 'if (false) return',
  },
  {
    rule: 'guard: a repository that is replaced is not previewed',
    file: 'lambda/lifecycle-guard/check.ts',
    find: 'if (isReplaced(job.properties, repository, old)) return',
    replace: 'if (false) return',
  },
  {
    rule: 'guard: another preview is not taken for ours',
    file: 'lambda/shared/lifecycle/preview.ts',
    find: '!sameLifecycle(page.lifecyclePolicyText, policyText)',
    replace: 'false',
  },
  {
    rule: 'guard: a preview that failed is no leave',
    file: 'lambda/shared/lifecycle/preview.ts',
    find: "if (page.status === 'FAILED') {",
    replace: "if (page.status === 'NEVER' as string) {",
  },
  {
    rule: 'guard: what changed meanwhile is seen',
    file: 'lambda/lifecycle-guard/check.ts',
    find: "  if (guard.mode === 'refuse') await refuseIfChanged(job, name, live);",
    replace: '',
  },
  {
    rule: 'guard: what cannot be seen might run',
    file: 'lambda/shared/in-use/references.ts',
    find: 'throw new SearchError(repositoryArn, `what runs from it cannot be seen ${describeService(user)}`, adviceFor(error, user), error);',
    replace: '',
  },
  {
    rule: 'guard: services that will start an image use it',
    file: 'lambda/shared/in-use/ecs.ts',
    find: 'for (const { taskDefinition } of [service, ...service.deployments ?? [], ...service.taskSets ?? []]) {',
    replace: 'for (const { taskDefinition } of [service]) {',
  },
  {
    rule: 'guard: a repository that always differed from its template is not taken for a replacement',
    file: 'lambda/lifecycle-guard/check.ts',
    find: 'if (old ? isSameEncryption(declared, old) : declared.declaredEncryption === undefined) return false;',
    replace: '',
  },
  {
    rule: 'guard: a repository outside the stack, which CloudFormation may import, is there',
    file: 'lambda/lifecycle-guard/check.ts',
    find: ' ?? declaredName;',
    replace: ';',
  },
];
