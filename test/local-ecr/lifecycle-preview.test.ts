import {
  DeleteRepositoryCommand, ECRClient, GetLifecyclePolicyPreviewCommand, GetLifecyclePolicyPreviewCommandInput,
  StartLifecyclePolicyPreviewCommand,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { startForEachTest } from './test-client';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const repositoryName = 'app';
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
}, { ecr: { now: () => new Date(NOW) } });

const textOf = (...rules: object[]) => JSON.stringify({ rules }).padEnd(100);
const rule = (selection: object, rulePriority = 1, action: object = { type: 'expire' }) => ({ rulePriority, selection, action });
const ALL_BUT = (countNumber: number) => ({ tagStatus: 'any', countType: 'imageCountMoreThan', countNumber });
const start = (...rules: object[]) => client.send(new StartLifecyclePolicyPreviewCommand({
  repositoryName, ...rules.length > 0 ? { lifecyclePolicyText: textOf(...rules) } : {},
}));
const get = (more: Partial<GetLifecyclePolicyPreviewCommandInput> = {}) =>
  client.send(new GetLifecyclePolicyPreviewCommand({ repositoryName, ...more }));

describe('the results of a preview', () => {
  beforeEach(() => { ecr.previewPolls = 0; });

  test('contain the action for each image, and the summary contains the count', async () => {
    const pushedAt = new Date(NOW - 400 * DAY);
    const archived = ecr.addImage({ repositoryName, status: 'ARCHIVED', pushedAt });
    const tagged = ecr.addImage({ repositoryName, tags: ['a', 'b'], pushedAt });
    const days = { countUnit: 'days', countNumber: 90 };
    await start(
      rule({ tagStatus: 'any', countType: 'sinceImagePulled', ...days }, 2, { type: 'transition', targetStorageClass: 'archive' }),
      rule({ tagStatus: 'any', storageClass: 'archive', countType: 'sinceImageTransitioned', ...days }, 5),
    );
    const { previewResults, summary } = await get();
    expect(previewResults).toEqual([
      { imageDigest: archived, imagePushedAt: pushedAt, action: { type: 'EXPIRE' }, appliedRulePriority: 5, storageClass: 'ARCHIVE' },
      {
        imageDigest: tagged,
        imageTags: ['a', 'b'],
        imagePushedAt: pushedAt,
        action: { type: 'TRANSITION', targetStorageClass: 'ARCHIVE' },
        appliedRulePriority: 2,
        storageClass: 'STANDARD',
      },
    ]);
    expect(summary).toEqual({
      expiringImageTotalCount: 1, transitioningImageTotalCounts: [{ targetStorageClass: 'ARCHIVE', imageTotalCount: 1 }],
    });
  });

  test('cover the images at the start, and no image is deleted', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'multiArch' });
    await start(rule(ALL_BUT(1)));
    const digests = ecr.repository(repositoryName).images.map(image => image.digest);
    ecr.seed({ repositoryName, images: 2 });
    expect((await get()).previewResults!.map(row => row.imageDigest)).toEqual(digests.slice(0, 2));
    expect(ecr.images(repositoryName)).toBe(5);
  });
});

describe('a preview', () => {
  beforeEach(() => ecr.seed({ repositoryName, images: 3 }));

  test('is in progress for the requested number of calls, without results', async () => {
    ecr.previewPolls = 2;
    const head = { registryId: '000000000000', repositoryName, lifecyclePolicyText: textOf(rule(ALL_BUT(1))) };
    expect(await start(rule(ALL_BUT(1)))).toMatchObject({ ...head, status: 'IN_PROGRESS' });
    for (let n = 0; n < 2; n += 1) {
      expect(await get()).toMatchObject({ ...head, status: 'IN_PROGRESS', previewResults: [], summary: { expiringImageTotalCount: 0 } });
    }
    for (let n = 0; n < 2; n += 1) {
      expect(await get()).toMatchObject({ ...head, status: 'COMPLETE', summary: { expiringImageTotalCount: 2 } });
    }
    expect((await get()).summary).not.toHaveProperty('transitioningImageTotalCounts');
  });

  test('can start only after the previous preview has ended', async () => {
    await start(rule(ALL_BUT(1)));
    const again = () => start(rule(ALL_BUT(2)));
    for (let n = 0; n < 2; n += 1) {
      await expect(again()).rejects.toMatchObject({
        name: 'LifecyclePolicyPreviewInProgressException',
        message: 'The previous lifecycle policy preview request has not completed. Wait and try again.',
      });
      expect((await get()).status).toBe(['IN_PROGRESS', 'COMPLETE'][n]);
      if (n === 1) await again();
    }
    await get();
    expect((await get()).summary).toEqual({ expiringImageTotalCount: 1 });
  });

  test.each(['EXPIRED', 'FAILED'] as const)('has no results with the status %s, and another preview can start', async status => {
    expect(() => ecr.endPreview(repositoryName, status)).toThrow('no preview of app was started');
    await start(rule(ALL_BUT(1)));
    ecr.endPreview(repositoryName, status);
    for (let n = 0; n < 2; n += 1) {
      expect(await get()).toMatchObject({ status, previewResults: [], summary: { expiringImageTotalCount: 0 } });
    }
    await start(rule(ALL_BUT(1)));
    ecr.endPreview(repositoryName, 'COMPLETE');
    expect((await get()).previewResults).toHaveLength(2);
  });

  test('uses the attached policy or the given policy, and fails without one', async () => {
    await expect(start()).rejects.toMatchObject({ name: 'LifecyclePolicyNotFoundException' });
    await expect(start(rule(ALL_BUT(0))))
      .rejects.toMatchObject({ name: 'InvalidParameterException', message: expect.stringContaining('validation failure') });
    await expect(get()).rejects.toMatchObject({
      name: 'LifecyclePolicyPreviewNotFoundException', message: 'There is no dry run for this repository.',
    });
    ecr.seed({ repositoryName, lifecyclePolicyText: textOf(rule(ALL_BUT(2), 7)) });
    expect(await start()).toMatchObject({ lifecyclePolicyText: textOf(rule(ALL_BUT(2), 7)) });
    ecr.endPreview(repositoryName, 'COMPLETE');
    expect((await get()).previewResults).toMatchObject([{ appliedRulePriority: 7 }]);
    await start(rule(ALL_BUT(1)));
    expect(ecr.repository(repositoryName).lifecyclePolicyText).toBe(textOf(rule(ALL_BUT(2), 7)));
  });

  test('is deleted with its repository', async () => {
    await start(rule(ALL_BUT(1)));
    await client.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    await expect(get()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    await expect(start(rule(ALL_BUT(1)))).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    ecr.seed({ repositoryName });
    await expect(get()).rejects.toMatchObject({ name: 'LifecyclePolicyPreviewNotFoundException' });
  });
});

describe('the pages of a preview', () => {
  beforeEach(async () => {
    ecr.previewPolls = 0;
    ecr.seed({ repositoryName, images: 106, untagged: 5, tagsPerImage: 2 });
    await start(rule(ALL_BUT(1)));
  });

  test('contain 100 rows or maxResults rows, and the summary covers all pages', async () => {
    const first = await get();
    expect([first.previewResults!.length, first.summary]).toEqual([100, { expiringImageTotalCount: 105 }]);
    const sizes = new Array<number>();
    const digests = new Set<string>();
    let nextToken: string | undefined;
    do {
      const page = await get({ maxResults: 50, nextToken });
      sizes.push(page.previewResults!.length);
      page.previewResults!.forEach(row => digests.add(row.imageDigest!));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect([sizes, digests.size]).toEqual([[50, 50, 5], 105]);
  });

  test.each([0, 101, 1.5])('cannot have %d rows', async maxResults => {
    await expect(get({ maxResults })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('need a token of the same preview and filter', async () => {
    const { nextToken } = await get();
    await expect(get({ nextToken, filter: { tagStatus: 'TAGGED' } }))
      .rejects.toMatchObject({ message: expect.stringContaining('Invalid next token') });
    await start(rule(ALL_BUT(1)));
    await expect(get({ nextToken })).rejects.toMatchObject({ message: expect.stringContaining('Invalid next token') });
  });

  test.each([['TAGGED', 101], ['UNTAGGED', 4], ['ANY', 105]] as const)('with the filter %s contain %d'
    + ' rows', async (tagStatus, expected) => {
    const first = await get({ filter: { tagStatus } });
    const rest = first.nextToken === undefined ? [] : (await get({ filter: { tagStatus }, nextToken: first.nextToken })).previewResults!;
    expect(first.previewResults!.length + rest.length).toBe(expected);
    expect(first.summary).toEqual({ expiringImageTotalCount: 105 });
  });

  test('with imageIds contain the rows with a digest or tag, without paging', async () => {
    const [first, second] = ecr.repository(repositoryName).images;
    const named = await get({
      imageIds: [
        { imageDigest: first.digest }, { imageTag: 'v2-2' }, { imageTag: 'v3', imageDigest: first.digest }, { imageTag: 'absent' },
      ],
    });
    expect(named.previewResults!.map(row => row.imageDigest)).toEqual([first.digest, second.digest]);
    expect((await get({ imageIds: [{ imageTag: 'v1' }], filter: { tagStatus: 'UNTAGGED' } })).previewResults).toEqual([]);
    for (const more of [
      { maxResults: 5 },
      { nextToken: 'x' },
      { imageIds: [] },
      { imageIds: [{}] },
      { imageIds: Array<object>(101).fill({ imageTag: 'v1' }) },
    ]) {
      await expect(get({ imageIds: [{ imageTag: 'v1' }], ...more })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
  });
});
