import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Mutation {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Each safety rule broken on purpose, in a copy of the project: the tests must turn red. */
const MUTATIONS: readonly Mutation[] = [
  {
    rule: 'mark: a Delete acts only while the mark is its own',
    file: 'lambda/teardown/tear-down.ts',
    find: "if (owner === 'same-stack' || owner === 'other-stack')",
    replace: 'if (false)',
  },
  {
    rule: 'mark: a missing mark refuses',
    file: 'lambda/teardown/tear-down.ts',
    find: "if (owner === 'none' || (refusals",
    replace: 'if ((refusals',
  },
  {
    rule: 'mark: another stack\'s mark is not taken',
    file: 'lambda/shared/mark.ts',
    find: "if (!native && owner === 'other-stack')",
    replace: 'if (false)',
  },
  {
    rule: 'stack status: only while the whole stack goes',
    file: 'lambda/shared/stack.ts',
    find: "if (own.status !== 'DELETE_IN_PROGRESS') return false;",
    replace: '',
  },
  {
    rule: 'stack status: a nested stack goes only with its root',
    file: 'lambda/shared/stack.ts',
    find: "return (await readStack(job, own.rootId)).status === 'DELETE_IN_PROGRESS';",
    replace: 'return (await readStack(job, own.rootId)) !== undefined;',
  },
  {
    rule: 'stack history: a creation that never finished refuses',
    file: 'lambda/shared/stack.ts',
    find: 'return status !== undefined && !/^',
    replace: 'return status === undefined || !/^NEVER',
  },
  {
    rule: 'guard: maxImages',
    file: 'lambda/teardown/guards.ts',
    find: 'if (images <= maxImages) return [];',
    replace: 'if (images >= 0) return [];',
  },
  {
    rule: 'guard: maxImages sees archived images',
    file: 'lambda/teardown/guards.ts',
    find: "imageStatus: 'ANY'",
    replace: "imageStatus: 'ACTIVE'",
  },
  {
    rule: 'guard: requireTag',
    file: 'lambda/teardown/guards.ts',
    find: 'tags.get(requireTag.key) === requireTag.value',
    replace: 'requireTag.key',
  },
  {
    rule: 'guard: a code lifts only the refusal that it was made for',
    file: 'lambda/teardown/refusal.ts',
    find: '...refusals.map(refusal => refusal.limit).sort()',
    replace: '',
  },
  {
    rule: 'read-back: gone is seen, not believed',
    file: 'lambda/teardown/tear-down.ts',
    find: '  await confirmGone(job, name, kmsError);',
    replace: '  if (kmsError) await confirmGone(job, name, kmsError);',
  },
  {
    rule: 'read-back: the mark is seen, not believed',
    file: 'lambda/shared/mark.ts',
    find: '  await confirmMark(job, marked);',
    replace: '',
  },
  {
    rule: 'Retain wins over a teardown',
    file: 'lambda/teardown/tear-down.ts',
    find: "onStackDelete === 'retain' || ",
    replace: '',
  },
  {
    rule: 'nothing is refused while a stack rolls back',
    file: 'lambda/shared/target.ts',
    find: '!isRollingBack((await readStack(job)).status)',
    replace: 'true',
  },
  {
    rule: 'policy: a Sid of somebody else is not taken',
    file: 'lambda/repository-policy/apply.ts',
    find: 'if (contested.length > 0 && !claim.adopt)',
    replace: 'if (false)',
  },
  {
    rule: 'policy: only its own statements are taken back',
    file: 'src/core/policy/ownership.ts',
    find: 'Statement: live.Statement.filter(statement => !isOwnedBy(statement, suffix)) };',
    replace: 'Statement: [] };',
  },
  {
    rule: 'policy: what was written is seen, not believed',
    file: 'lambda/repository-policy/live-policy.ts',
    find: '      written++;',
    replace: '      return;',
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
    find: "if (!isOurs && !overwrite && owner !== 'other-stack')",
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
    file: 'lambda/shared/lifecycle-guard.ts',
    find: "action: action?.type === 'TRANSITION' ? 'TRANSITION' : 'EXPIRE',",
    replace: "action: 'EXPIRE',",
  },
  {
    rule: 'guard: pulls are looked at',
    file: 'lambda/shared/lifecycle-guard.ts',
    find: 'if (image && lastRecordedPullTime)',
    replace: 'if (false && image && lastRecordedPullTime)',
  },
  {
    rule: 'guard: tags of what will be started are resolved',
    file: 'lambda/shared/lifecycle-guard.ts',
    find: 'if (usedTag !== undefined)',
    replace: 'if (false)',
  },
  {
    rule: 'guard: an index is in use when one of its images is',
    file: 'lambda/shared/lifecycle-guard.ts',
    find: 'users.get(digest) ?? children.get(digest)',
    replace: 'users.get(digest) ?? children.get(`${digest}x`)',
  },
  {
    rule: 'guard: archived images are read too',
    file: 'lambda/shared/images.ts',
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
    file: 'lambda/shared/lifecycle-preview.ts',
    find: '!sameLifecycle(page.lifecyclePolicyText, policyText)',
    replace: 'false',
  },
  {
    rule: 'guard: a preview that failed is no leave',
    file: 'lambda/shared/lifecycle-preview.ts',
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
    find: '      throw new Explained(',
    replace: '      if (job) continue;\n      throw new Explained(',
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

/** The tests of the handler that a file belongs to; what handlers share is tested through the teardown. */
function testsOf(file: string): string[] {
  if (/\/(repository-)?policy\//.test(file)) return ['test/lambda/repository-policy/repository-policy'];
  if (/lifecycle-guard|lifecycle\/guard|lifecycle-preview|in-use|shared\/images/.test(file)) return ['test/lambda/lifecycle-guard/lifecycle-guard'];
  if (file.includes('/lifecycle-policy/')) return ['test/lambda/lifecycle-policy/lifecycle-policy'];
  return ['test/lambda/teardown/tear-down', 'test/lambda/teardown/claim'];
}

const UNCHANGED = ['', 'lambda/repository-policy/', 'lambda/lifecycle-policy/', 'lambda/lifecycle-guard/'];

const project = resolve(__dirname, '..', '..');

/** A copy of the project that one mutation at a time is made in. */
class Copy {
  private readonly directory = mkdtempSync(join(tmpdir(), 'mutations-'));

  constructor() {
    for (const part of ['package.json', 'tsconfig.json', 'src', 'lambda', 'test', 'assets']) {
      cpSync(join(project, part), join(this.directory, part), { recursive: true });
    }
    symlinkSync(join(project, 'node_modules'), join(this.directory, 'node_modules'));
  }

  /** @returns undefined when the line to break is not there exactly once */
  async turnsRed({ file, find, replace }: Pick<Mutation, 'file' | 'find' | 'replace'>): Promise<boolean | undefined> {
    if (find === '') return this.isRed(file);
    const path = join(this.directory, file);
    const source = readFileSync(path, 'utf8');
    if (source.split(find).length !== 2) return undefined;
    writeFileSync(path, source.replace(find, () => replace));
    try {
      return await this.isRed(file);
    } finally {
      writeFileSync(path, source);
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private isRed(file: string): Promise<boolean> {
    const jest = spawn(join(this.directory, 'node_modules', '.bin', 'jest'), [...testsOf(file), '--coverage=false', '--bail', '--silent', '--runInBand'],
      { cwd: this.directory, stdio: 'ignore', env: { ...process.env, CI: '1' } });
    return new Promise((resolved, rejected) => jest.on('exit', code => resolved(code !== 0)).on('error', rejected));
  }
}

async function run(): Promise<boolean> {
  const work: Mutation[] = [...UNCHANGED.map(file => ({ rule: '', file, find: '', replace: '' })), ...MUTATIONS];
  let failed = 0;
  const report = (line: string, good: boolean) => {
    if (!good) failed++;
    process.stdout.write(`${good ? 'ok     ' : 'NOT OK '} ${line}\n`);
  };
  const next = work.values();
  const copies = Array.from({ length: Math.min(4, availableParallelism()) }, () => new Copy());
  try {
    await Promise.all(copies.map(async copy => {
      for (const mutation of next) {
        const isRed = await copy.turnsRed(mutation);
        if (mutation.find === '') report(`unchanged: green ${mutation.file}`, isRed === false);
        else if (isRed === undefined) report(`${mutation.rule}: the line to break is not there exactly once`, false);
        else report(`${mutation.rule}: turns a test red`, isRed);
      }
    }));
  } finally {
    for (const copy of copies) copy.remove();
  }
  process.stdout.write(`mutations: ${work.length - failed} passed, ${failed} failed\n`);
  return failed === 0;
}

void run().then(good => { process.exitCode = good ? 0 : 1; });
