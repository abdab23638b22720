import type { Mutation } from './mutation';

const RUN = 'test/lambda/image-shield/run.test.ts';
const BAD_DAYS = 'test/lambda/image-shield/bad-days.test.ts';
const INTERLEAVINGS = 'test/lambda/image-shield/interleavings.test.ts';
const RELEASING = 'a run that releases while the image starts: no image is deleted, and an image in use keeps its keep tag';

export const IMAGE_SHIELD: readonly Mutation[] = [
  {
    rule: 'shield: the tag of a released image is added before the keep tag is removed',
    file: 'lambda/shared/shield/release.ts',
    find: 'if (!tags.includes(released)) {\n    if (!await image.put',
    replace: 'if (false) {\n    if (!await image.put',
    tests: RUN,
    test: 'a run does not remove the last tag of an image that it releases',
  },
  {
    rule: 'shield: the tag of a released image is read back',
    file: 'lambda/shared/shield/release.ts',
    find: 'if (!tags.includes(released)) return',
    replace: 'if (false) return',
    tests: BAD_DAYS,
    test: 'a release does not count as done if the tag of a released image is not visible',
  },
  {
    rule: 'shield: a protection after a release has a new keep tag',
    file: 'lambda/image-shield-protect/state-changes.ts',
    find: 'generation: known.generation + 1',
    replace: 'generation: known.generation',
    tests: INTERLEAVINGS,
    test: RELEASING,
  },
  {
    rule: 'shield: an image that was in use during the grace is not released',
    file: 'lambda/image-shield-protect/state-changes.ts',
    find: '>= keepAfterUse * 1_000',
    replace: '>= 0',
    tests: RUN,
    test: 'a run keeps an image that stopped for keepAfterUse, then releases it, and adds the tag of a released image first',
  },
  {
    rule: 'shield: the state is written only if it is the one that was read',
    file: 'lambda/shared/shield/objects.ts',
    find: '{ IfMatch: etag });',
    replace: '{});',
    tests: BAD_DAYS,
    test: 'an event during a release is not overwritten by the state of the release',
  },
  {
    rule: 'shield: a source that failed counts as not searched',
    file: 'lambda/image-shield-protect/searched-sources.ts',
    find: "service === '' || serviceOf(failed) === service",
    replace: 'false',
    tests: RUN,
    test: 'a run does not release an image that was last seen in a source that cannot be read, and starts its grace when the source can be'
      + ' read',
  },
  {
    rule: 'shield: an environment without a result counts as not searched',
    file: 'lambda/image-shield-protect/searched-sources.ts',
    find: 'return result !== undefined && !Object',
    replace: 'return result === undefined || !Object',
    tests: RUN,
    test: 'a run does not release an image that was last seen in an environment whose search fails',
  },
  {
    rule: 'shield: an image of which only the tag is known is not released while a source cannot be read',
    file: 'lambda/image-shield-protect/rebuild.ts',
    find: 'seenIn: [UNKNOWN_SOURCE]',
    replace: 'seenIn: []',
    tests: BAD_DAYS,
    test: 'nothing is released while a source cannot be read, if it is not known where an image was last seen',
  },
  {
    rule: 'shield: images of a repository that cannot be read count as in use',
    file: 'lambda/image-shield-protect/state-changes.ts',
    find: 'search.isUnresolved?.(repositoryName) ||',
    replace: '',
    tests: BAD_DAYS,
    test: 'nothing is released of a repository that denied access to the shield, before keepAfterUse passes again',
  },
  {
    rule: 'shield: an event of a source that is not known yet is written',
    file: 'lambda/image-shield-protect/protect-from-event.ts',
    find: 'image.seenIn.includes(source) &&',
    replace: '',
    tests: BAD_DAYS,
    test: 'nothing is released while an image runs in Amazon ECS, if its event came while it was in use elsewhere, and ECS cannot be read'
      + ' later',
  },
  {
    rule: 'shield: two sources of the same name are told apart',
    file: 'lambda/image-shield-collect/collect.ts',
    find: '[before === 0 ? names[index]',
    replace: '[before >= 0 ? names[index]',
    tests: BAD_DAYS,
    test: 'nothing is released if a source has the same name as another one, which can be read',
  },
  {
    rule: 'shield: a damaged state is rebuilt from the tags',
    file: 'lambda/image-shield-protect/protect-partition.ts',
    find: 'const isIncomplete = state?.complete !== true;',
    replace: 'const isIncomplete = state?.complete === false;',
    tests: RUN,
    test: 'a run does not release an image whose state is damaged, and rebuilds it from the tags',
  },
  {
    rule: 'shield: images of a rebuilt state begin their grace',
    file: 'lambda/image-shield-protect/rebuild.ts',
    find: 'lastUsed: seenAt,',
    replace: "lastUsed: '2020-01-01T00:00:00.000Z',",
    tests: BAD_DAYS,
    test: 'an image of a state that was rebuilt is released only after keepAfterUse',
  },
  {
    rule: 'shield: only keep tags of the image are removed',
    file: 'lambda/image-shield-protect/carry-out.ts',
    find: 'isKeepTag(tagPrefix, digest, tag) && generationOf',
    replace: 'generationOf',
    tests: BAD_DAYS,
    test: 'two shields with different prefixes protect and release an image of the same repository independently',
  },
  {
    rule: 'shield: nothing is done while the shield is stopped',
    file: 'lambda/shared/shield/step.ts',
    find: 'await objects.read(STOP_KEY) !== undefined',
    replace: 'await objects.read(STOP_KEY) === undefined && false',
    tests: RUN,
    test: 'a run does not release an image while the shield is stopped',
  },
  {
    rule: 'shield: images of other repositories are not tagged',
    file: 'lambda/image-shield-protect/protect-from-event.ts',
    find: '!parsed || !isSelected(settings.selection, parsed.repositoryName)',
    replace: '!parsed',
    tests: RUN,
    test: 'an event of an image of another repository, registry, or cloud is ignored',
  },
  {
    rule: 'shield: a policy whose first rule does not keep images in use is a finding',
    file: 'lambda/image-shield-protect/protect-partition.ts',
    find: 'if (gap === undefined) return;',
    replace: 'if (gap !== undefined) return;',
    tests: RUN,
    test: 'an image in use without protection is a finding, and the others are protected if the lifecycle policy of its repository does'
      + ' not keep it',
  },
];
