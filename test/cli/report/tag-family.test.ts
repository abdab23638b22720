import { familyOf } from '../../../cli/report/figures/recommendation/tag-family';

const HEX = '0123456789abcdef'.repeat(4);

test.each([
  ['kept', 'v*.*', ['v1.2.3', 'v1.2.3-rc.1', 'v10.0']],
  ['kept', 'v*', ['v1', 'v42']],
  ['kept', '*.*', ['1.2.3', '1.2', '3.12-alpine', '2024.1.31']],
  ['kept', 'V*.*', ['V1.2.3']],
  ['kept', 'latest', ['latest']],
  ['kept', 'prod', ['prod']],
  ['kept', '*-latest', ['api-latest']],
  ['kept', 'release-*', ['release-1', 'release-candidate']],
  ['kept', 'prod_*', ['prod_eu']],
  ['kept', 'in-use-*', ['in-use-0123456789ab']],
  ['kept', 'sha256-*', [`sha256-${HEX}.sig`, `sha256-${HEX}`]],
  ['short-lived', 'pr-*', ['pr-7']],
  ['short-lived', 'PR-*', ['PR-7']],
  ['short-lived', 'feature.*', ['feature.login']],
  ['build', 'sha-*', ['sha-1a2b3c4']],
  ['build', 'build_*', ['build_42']],
  ['build', undefined, ['1a2b3c4', HEX, '42', '20260131', '2026-01-31', '42-1a2b3c4', '20260131.5']],
  ['other', undefined, ['docs', 'pr7', 'preview', 'was-in-use-0123456789ab', 'main-1a2b3c4', '1a2b3c4x', 'sha256-0123']],
])('a tag is %s with the pattern %s, as in %j', (purpose, pattern, tags) => {
  for (const tag of tags) expect([tag, familyOf(tag)]).toEqual([tag, expect.objectContaining({ purpose })]);
  for (const tag of tags) expect([tag, familyOf(tag).pattern]).toEqual([tag, pattern]);
});

test('a tag moves if it names a stage or a part of a version, and does not if it names a release or a build', () => {
  expect(['latest', 'prod-eu', '1.2', 'v1', 'api-latest'].map(tag => familyOf(tag).isMoving)).toEqual([true, true, true, true, true]);
  expect(['1.2.3', 'v1.2.3-rc1', '1a2b3c4', 'pr-7'].map(tag => familyOf(tag).isMoving)).toEqual(Array(4).fill(undefined));
});

test('no tag of 128 characters takes long', () => {
  const start = process.cpuUsage().user;
  for (let round = 0; round < 1_000; round++) familyOf(`${'1234567-'.repeat(15)}x${round}`);
  expect(process.cpuUsage().user - start).toBeLessThan(2_000_000);
});
