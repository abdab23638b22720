import type { Mutation } from './mutation';

const COPY = 'test/lambda/image-copy';
const TAGS = 'test/lambda/image-tags/image-tags';
const GATE = 'test/lambda/scan-gate';

export const IMAGES: readonly Mutation[] = [
  {
    rule: 'images: tags come off only when the whole stack goes',
    file: 'lambda/shared/withdraw-tags.ts',
    find: 'const isGoing = await wholeStackGoes(asked, own);',
    replace: 'const isGoing = true;',
    tests: [TAGS],
  },
  {
    rule: 'images: only tags that it made come off',
    file: 'lambda/shared/image-tags.ts',
    find: '.filter(tag => made.has(shortHash(tag)));',
    replace: ';',
    tests: [TAGS],
  },
  {
    rule: 'images: the last tag of an image stays',
    file: 'lambda/shared/image-tags.ts',
    find: 'if (keepsImage && live.imageTags.length === 1) {',
    replace: 'if (false) {',
    tests: [TAGS],
  },
  {
    rule: 'images: that the tags are set is seen, not believed',
    file: 'lambda/shared/image-tags.ts',
    find: 'if (missing.length === 0) return;',
    replace: 'return;',
    tests: [TAGS],
  },
  {
    rule: 'images: a tag that moved is not followed unasked',
    file: 'lambda/shared/image-memo.ts',
    find: 'if (memo.asked === asked) return memo.digest;',
    replace: 'if (false) return memo.digest;',
    tests: [TAGS],
  },
  {
    rule: 'images: what an update moved goes back when it is rolled back',
    file: 'lambda/shared/withdraw-tags.ts',
    find: 'await putBack(job, name, memo, properties.tags);',
    replace: '',
    tests: [TAGS],
  },
  {
    rule: 'copy: the tags come last',
    file: 'lambda/image-copy/copy-image.ts',
    find: 'for (const node of [...tree.parts, tree.root]) await put(task, repositoryName, node);',
    replace: 'for (const node of [tree.root, ...tree.parts]) await put(task, repositoryName, node);',
    tests: [`${COPY}/contents`],
  },
  {
    rule: 'copy: a manifest is the one that its digest names',
    file: 'lambda/image-copy/registry-source.ts',
    find: 'if (fetched.digest === named) return fetched;',
    replace: 'return fetched;',
    tests: [`${COPY}/bad-sources`],
  },
  {
    rule: 'copy: another origin does not see who is asking',
    file: 'lambda/image-copy/registry-source.ts',
    find: 'if (next.origin !== url.origin) {',
    replace: 'if (false) {',
    tests: [`${COPY}/sources`],
  },
  {
    rule: 'copy: credentials go to https addresses only',
    file: 'lambda/image-copy/registry-authorization.ts',
    find: 'if (protocol === \'https:\' || isOwnHost(hostname)) return;',
    replace: 'return;',
    tests: [`${COPY}/sources`],
  },
  {
    rule: 'gate: what is above its limits is not let through',
    file: 'lambda/scan-gate/judge.ts',
    find: 'if (verdict.exceeded.length === 0) return',
    replace: 'return',
    tests: [`${GATE}/gate`],
  },
  {
    rule: 'gate: a scan that has not found anything yet is not over',
    file: 'lambda/scan-gate/scan.ts',
    find: '(imageScanStatus?.status === \'COMPLETE\' && imageScanFindings?.imageScanCompletedAt !== undefined)',
    replace: 'imageScanStatus?.status === \'COMPLETE\'',
    tests: [`${GATE}/enhanced`],
  },
  {
    rule: 'gate: a page that is none is not the end of the findings',
    file: 'lambda/scan-gate/scan.ts',
    find: 'page = next && isFinished(next) ? next : await this.finished();',
    replace: 'page = next ?? {};',
    tests: [`${GATE}/bad-days`],
  },
  {
    rule: 'gate: an index without images is not let through',
    file: 'lambda/scan-gate/images-to-scan.ts',
    find: 'if (images.length === 0) {',
    replace: 'if (false) {',
    tests: [`${GATE}/gate`, `${GATE}/bad-days`],
  },
  {
    rule: 'gate: what is ignored has an end',
    file: 'src/core/scan/verdict.ts',
    find: 'return until !== undefined && this.now < until;',
    replace: 'return until !== undefined;',
    tests: ['test/core/scan/verdict'],
  },
  {
    rule: 'gate: of two severities the worse one counts',
    file: 'src/core/scan/verdict.ts',
    find: 'if (!known || rank(severity) < rank(known.severity)) this.found.set(key, finding);',
    replace: 'if (!known) this.found.set(key, finding);',
    tests: ['test/core/scan/verdict'],
  },
];
