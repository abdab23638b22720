import { acceptance, preview } from './lifecycle-preview';
import type { Probe } from './probe';
import { push, pushIndex } from './push';

/** Which lifecycle policies are valid, and what they select. */
export const LIFECYCLE_POLICIES = [
  {
    id: 'equal-lists-conflict',
    fact: 'Two rules of a lifecycle policy with the same patterns in another order are invalid',
    assumed: 'InvalidParameterException',
    other: 'accepted',
    fake: 'local-ecr/lifecycle-policy.ts',
    rests: ['src/core/lifecycle/problems.ts'],
    otherwise: 'docs/guides/lifecycle-policies.md',
    ask: world => acceptance(world, [['a*', 'b*'], ['b*', 'a*']].map((tagPatternList, index) =>
      ({ tagStatus: 'tagged', tagPatternList, countNumber: index + 1 }))),
  },
  {
    id: 'tag-list-length',
    fact: 'A rule of a lifecycle policy can have more than ten tag prefixes',
    assumed: 'accepted',
    other: 'InvalidParameterException',
    fake: 'local-ecr/lifecycle-grammar.ts',
    rests: ['src/core/lifecycle/problems.ts'],
    otherwise: 'docs/guides/lifecycle-policies.md',
    ask: world => acceptance(world, [{ tagStatus: 'tagged', tagPrefixList: Array.from({ length: 11 }, (_, nth) => `v${nth}-`) }]),
  },
  {
    id: 'lifecycle-description-256',
    fact: 'The description of a rule of a lifecycle policy must have at most 256 characters',
    assumed: 'InvalidParameterException',
    other: 'accepted',
    fake: 'local-ecr/lifecycle-grammar.ts',
    rests: ['src/core/lifecycle/rule.ts', 'src/core/lifecycle/problems.ts'],
    otherwise: 'docs/guides/lifecycle-policies.md',
    ask: world => acceptance(world, [{}], { description: 'x'.repeat(257) }),
  },
  {
    id: 'lifecycle-empty-list',
    fact: 'A rule of a lifecycle policy cannot have an empty list of tag patterns',
    assumed: 'InvalidParameterException',
    other: 'accepted',
    fake: 'local-ecr/lifecycle-grammar.ts',
    rests: ['src/core/lifecycle/problems.ts'],
    otherwise: 'docs/guides/lifecycle-policies.md',
    ask: world => acceptance(world, [{ tagStatus: 'tagged', tagPatternList: [] }]),
  },
  {
    id: 'keep-count-million',
    fact: 'A lifecycle policy can keep 1,000,000 images',
    assumed: 'accepted',
    other: 'InvalidParameterException',
    fake: 'local-ecr/lifecycle-grammar.ts',
    rests: ['src/core/lifecycle/rule.ts'],
    otherwise: 'docs/decisions/0008-what-keeps-is-a-rule-that-never-acts.md',
    ask: world => acceptance(world, [{ countNumber: 1_000_000 }]),
  },
  {
    id: 'storage-class-standard',
    fact: 'An explicit storage class `standard` in a lifecycle policy is invalid',
    assumed: 'InvalidParameterException',
    other: 'accepted',
    fake: 'local-ecr/lifecycle-grammar.ts',
    rests: ['src/core/lifecycle/parse.ts'],
    otherwise: 'test/lambda/lifecycle-policy/storage-class.test.ts',
    ask: world => acceptance(world, [{ storageClass: 'standard' }]),
  },
  {
    id: 'tag-patterns-case-sensitive',
    fact: 'The pattern of a lifecycle policy does not match a tag with capital letters',
    assumed: 'no match',
    other: 'match',
    fake: 'local-ecr/lifecycle-simulation.ts',
    rests: ['src/core/images/tag-pattern.ts'],
    otherwise: 'docs/guides/lifecycle-policies.md',
    async ask(world) {
      const repositoryName = await world.repository();
      await push(world.clients.ecr, repositoryName, { seed: 1, tag: 'V1' });
      await push(world.clients.ecr, repositoryName, { seed: 2, tag: 'v2' });
      const { summary } = await preview(world, repositoryName, { tagStatus: 'tagged', tagPatternList: ['v*'] });
      return summary?.expiringImageTotalCount === 1 ? 'match' : 'no match';
    },
  },
  {
    id: 'referrers-under-untagged-rule',
    fact: 'A rule for untagged images selects and counts artifacts that refer to an image',
    assumed: 'counted',
    other: 'not counted',
    fake: 'local-ecr/lifecycle-preview.ts',
    rests: ['src/core/lifecycle/simulate.ts'],
    otherwise: 'docs/reference/command-line.md',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const subject = await push(ecr, repositoryName, { tag: 'v1' });
      for (const seed of [2, 3]) await push(ecr, repositoryName, { seed, subject });
      const { summary } = await preview(world, repositoryName, { tagStatus: 'untagged' });
      return summary?.expiringImageTotalCount === 1 ? 'counted' : 'not counted';
    },
  },
  {
    id: 'preview-lists-index-children',
    fact: 'The preview of a lifecycle policy lists an image although an index that is kept refers to it',
    assumed: 'listed',
    other: 'omitted',
    fake: 'local-ecr/lifecycle-preview.ts',
    rests: ['lambda/shared/lifecycle/guard.ts'],
    otherwise: 'test/lambda/lifecycle-guard/readings.test.ts',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const image = await push(ecr, repositoryName);
      await world.wait(2_000);
      await pushIndex(ecr, repositoryName, [image], 'v1');
      const { previewResults = [] } = await preview(world, repositoryName, {});
      return previewResults.some(({ imageDigest }) => imageDigest === image.digest) ? 'listed' : 'omitted';
    },
  },
  {
    id: 'preview-summary-complete',
    fact: 'The summary of a preview counts the images of all pages',
    assumed: 'all pages',
    other: 'one page',
    fake: 'local-ecr/operations/lifecycle-preview.ts',
    rests: ['lambda/shared/lifecycle/preview.ts'],
    otherwise: 'test/lambda/lifecycle-guard/readings.test.ts',
    async ask(world) {
      const repositoryName = await world.repository();
      for (const seed of [1, 2, 3]) await push(world.clients.ecr, repositoryName, { seed });
      const { summary, nextToken } = await preview(world, repositoryName, {}, 1);
      if (nextToken === undefined) return 'one page in total';
      return summary?.expiringImageTotalCount === 2 ? 'all pages' : 'one page';
    },
  },
  {
    id: 'preview-replaced',
    fact: 'A new preview replaces the result of a finished one',
    assumed: 'new result',
    other: 'old result',
    fake: 'local-ecr/operations/lifecycle-preview.ts',
    rests: ['lambda/shared/lifecycle/preview.ts'],
    otherwise: 'test/lambda/lifecycle-guard/readings.test.ts',
    async ask(world) {
      const repositoryName = await world.repository();
      for (const seed of [1, 2, 3]) await push(world.clients.ecr, repositoryName, { seed });
      await preview(world, repositoryName, { countNumber: 1 });
      const { lifecyclePolicyText = '' } = await preview(world, repositoryName, { countNumber: 2 });
      return lifecyclePolicyText.replace(/\s/g, '').includes('"countNumber":2') ? 'new result' : 'old result';
    },
  },
] as const satisfies readonly Probe[];
