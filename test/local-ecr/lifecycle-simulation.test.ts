import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ECRClient, GetLifecyclePolicyPreviewCommand, StartLifecyclePolicyPreviewCommand } from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { startForEachTest } from './test-client';

interface Image {
  readonly id?: string;
  readonly tags?: string[];
  readonly storageClass?: 'archive';
  readonly pushedDaysAgo: number;
  readonly pulledDaysAgo?: number;
  readonly archivedDaysAgo?: number;
  readonly activatedDaysAgo?: number;
}

interface Vector {
  readonly name: string;
  readonly images: readonly Image[];
  readonly rules: readonly object[];
  readonly expected: Record<string, [string, number]>;
}

/** Examples of the user guide, "Examples of lifecycle policies in Amazon ECR"; those that are not `documented` have images of our own. */
const VECTORS = JSON.parse(readFileSync(join(__dirname, 'lifecycle-vectors.json'), 'utf8')) as Vector[];
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const repositoryName = 'app';
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.previewPolls = 0;
  ecr.seed({ repositoryName });
}, { ecr: { now: () => new Date(NOW) } });

const ago = (days?: number) => days === undefined ? undefined : new Date(NOW - days * DAY);

/** What the preview says of each image, by its id. */
async function preview(images: readonly Image[], rules: readonly object[]): Promise<Record<string, unknown>> {
  const ids = new Map(images.map(image => [ecr.addImage({
    repositoryName,
    tags: image.tags,
    pushedAt: ago(image.pushedDaysAgo),
    lastRecordedPullTime: ago(image.pulledDaysAgo),
    lastArchivedAt: ago(image.archivedDaysAgo),
    lastActivatedAt: ago(image.activatedDaysAgo),
    status: image.storageClass === 'archive' ? 'ARCHIVED' : 'ACTIVE',
  }), image.id]));
  await client.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText: JSON.stringify({ rules }) }));
  const { previewResults } = await client.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }));
  return Object.fromEntries(previewResults!.map(row => [ids.get(row.imageDigest!), [row.action!.type, row.appliedRulePriority]]));
}

const EXPIRE = { type: 'expire' };
const older = (countNumber: number) => ({ tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber });

test('the file contains all vectors', () => expect(VECTORS).toHaveLength(12));

test.each(VECTORS.map(vector => [vector.name, vector] as const))('%s', async (_name, { images, rules, expected }) => {
  expect(await preview(images, rules)).toEqual(expected);
});

test.each<[object, string[], boolean]>([
  [{ tagPatternList: ['prod*'] }, ['production-team1'], true],
  [{ tagPatternList: ['prod*'] }, ['dev-prod'], false],
  [{ tagPatternList: ['*prod*'] }, ['repo-production'], true],
  [{ tagPatternList: ['v*.0'] }, ['v1.0'], true],
  [{ tagPatternList: ['v*.0'] }, ['v1x0'], false],
  [{ tagPatternList: ['v1.?'] }, ['v1.0'], false],
  [{ tagPatternList: ['prod'] }, ['prod1'], false],
  [{ tagPatternList: ['prod'] }, ['PROD'], false],
  [{ tagPatternList: ['prod', 'v*'] }, ['v1', 'prod'], true],
  [{ tagPatternList: ['prod', 'v*'] }, ['v1'], false],
  [{ tagPrefixList: ['prod'] }, ['prod1'], true],
  [{ tagPrefixList: ['prod'] }, ['dev-prod'], false],
  [{ tagPrefixList: ['prod', 'v'] }, ['v1', 'w'], false],
  [{ tagPrefixList: ['p*'] }, ['prod'], false],
])('whether the pattern %j selects the tag %j is %s', async (tagList, tags, expected) => {
  const selection = { ...older(1), tagStatus: 'tagged', ...tagList };
  expect('A' in await preview([{ id: 'A', tags, pushedDaysAgo: 9 }], [{ rulePriority: 1, selection, action: EXPIRE }])).toBe(expected);
});

test('rules apply by priority in any order', async () => {
  const tagged = { ...older(1), tagStatus: 'tagged', tagPatternList: ['v*'] };
  const rules = [{ rulePriority: 9, selection: older(1), action: EXPIRE }, { rulePriority: 8, selection: tagged, action: EXPIRE }];
  expect(await preview([{ id: 'A', tags: ['v1'], pushedDaysAgo: 9 }], rules)).toEqual({ A: ['EXPIRE', 8] });
});

test('an image that a rule of higher priority selects is not affected by other rules, even if it is kept', async () => {
  const keep = { tagStatus: 'tagged', tagPatternList: ['keep*'], countType: 'imageCountMoreThan', countNumber: 9999 };
  const images = [{ id: 'A', tags: ['keep-1'], pushedDaysAgo: 99 }, { id: 'B', tags: ['v1'], pushedDaysAgo: 99 }];
  expect(await preview(images, [
    { rulePriority: 1, selection: keep, action: EXPIRE }, { rulePriority: 2, selection: older(1), action: EXPIRE },
  ])).toEqual({ B: ['EXPIRE', 2] });
});

test('the age of a restored image starts at its restoration', async () => {
  const count = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 };
  const images = [{ id: 'A', pushedDaysAgo: 400, activatedDaysAgo: 2 }, { id: 'B', pushedDaysAgo: 3 }];
  expect(await preview(images, [{ rulePriority: 1, selection: count, action: EXPIRE }])).toEqual({ B: ['EXPIRE', 1] });
});

test('the time since the last pull starts at the restoration if that is later', async () => {
  const selection = { ...older(90), countType: 'sinceImagePulled' };
  const images = [
    { id: 'A', pushedDaysAgo: 400, pulledDaysAgo: 300, activatedDaysAgo: 20 },
    { id: 'B', pushedDaysAgo: 400, pulledDaysAgo: 300, activatedDaysAgo: 350 },
    { id: 'C', pushedDaysAgo: 400, pulledDaysAgo: 30, activatedDaysAgo: 350 },
  ];
  expect(await preview(images, [{ rulePriority: 1, selection, action: { type: 'transition', targetStorageClass: 'archive' } }]))
    .toEqual({ B: ['TRANSITION', 1] });
});

test('an image that is being restored is archived, and its age starts at its restoration afterward', async () => {
  ecr.addImage({ repositoryName, status: 'ACTIVATING' });
  const rules = [{ rulePriority: 1, selection: older(1), action: EXPIRE }];
  expect(await preview([], rules)).toEqual({});
  ecr.finishRestores(repositoryName);
  expect(await preview([], rules)).toEqual({});
});
