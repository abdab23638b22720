import { DescribeImageScanFindingsCommand } from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { archive } from './archive';
import { answerOf, FakesWorld, Probe } from './probe';
import { push, pushIndex, PushedImage, put } from './push';

const GATE = 'lambda/scan-gate/scan.ts';
const READINGS = 'test/lambda/scan-gate/readings.test.ts';
const INSPECTOR = 'needs Amazon Inspector, a setting of the registry that costs money, and scans take minutes';
const GATED = { fake: 'local-ecr/scans.ts', rests: [GATE], otherwise: READINGS } as const;
const ARTIFACT = 'application/vnd.example.sbom';

const read = (ecr: ECRClient, repositoryName: string, { digest }: PushedImage) =>
  ecr.send(new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest: digest } }));

/** Returns the status of a scan, or the name of the error. */
async function statusOf(ecr: ECRClient, repositoryName: string, image: PushedImage): Promise<string> {
  let status = 'unknown';
  const reading = read(ecr, repositoryName, image).then(({ imageScanStatus }) => { status = imageScanStatus?.status ?? status; });
  const answer = await answerOf(reading);
  return answer === 'accepted' ? status : answer;
}

/** Creates a repository that Amazon Inspector scans continuously. */
async function inspected(world: FakesWorld) {
  const { fakes, clients: { ecr } } = world;
  fakes.ecr.scanning('ENHANCED');
  fakes.ecr.scanPolls = 0;
  return { ecr, repositoryName: await world.repository() };
}

/** What scans of images in private registries return. */
export const SCANS = [
  {
    id: 'enhanced-active-before-findings',
    fact: 'A continuous scan that is ACTIVE, but has not scanned an image since its push, has no completion time',
    assumed: 'no completion time',
    other: 'the completion time of a scan before the push',
    ...GATED,
    obstacle: INSPECTOR,
    async ask(world) {
      const { ecr, repositoryName } = await inspected(world);
      world.fakes.ecr.emptyScanPolls = 1;
      const { imageScanFindings } = await read(ecr, repositoryName, await push(ecr, repositoryName));
      return imageScanFindings?.imageScanCompletedAt ? 'the completion time of a scan before the push' : 'no completion time';
    },
  },
  {
    id: 'enhanced-index-unscanned',
    fact: 'Enhanced scanning does not scan an index, only its images',
    assumed: 'ScanNotFoundException',
    other: 'ACTIVE',
    ...GATED,
    rests: ['lambda/scan-gate/images-to-scan.ts'],
    obstacle: INSPECTOR,
    async ask(world) {
      const { ecr, repositoryName } = await inspected(world);
      return statusOf(ecr, repositoryName, await pushIndex(ecr, repositoryName, [await push(ecr, repositoryName)]));
    },
  },
  {
    id: 'enhanced-archived-status',
    fact: 'The enhanced scan of an archived image has the status IMAGE_ARCHIVED',
    assumed: 'IMAGE_ARCHIVED',
    other: 'ScanNotFoundException',
    ...GATED,
    obstacle: INSPECTOR,
    async ask(world) {
      const { ecr, repositoryName } = await inspected(world);
      const image = await push(ecr, repositoryName);
      await archive(world, repositoryName, image.digest);
      return statusOf(ecr, repositoryName, image);
    },
  },
  {
    id: 'enhanced-artifact-status',
    fact: 'The enhanced scan of an artifact that is no image has the status UNSUPPORTED_IMAGE',
    assumed: 'UNSUPPORTED_IMAGE',
    other: 'ScanNotFoundException',
    ...GATED,
    obstacle: INSPECTOR,
    async ask(world) {
      const { ecr, repositoryName } = await inspected(world);
      const { manifest, mediaType } = await push(ecr, repositoryName);
      const artifact = JSON.stringify({ ...JSON.parse(manifest) as object, artifactType: ARTIFACT });
      return statusOf(ecr, repositoryName, await put(ecr, repositoryName, artifact, mediaType));
    },
  },
  {
    id: 'retag-starts-no-scan',
    fact: 'PutImage of an image in the repository with another tag does not start a scan on push',
    assumed: 'COMPLETE',
    other: 'IN_PROGRESS',
    fake: 'local-ecr/operations/pushing.ts',
    rests: [GATE, 'lambda/image-tags/tag.ts'],
    otherwise: READINGS,
    obstacle: 'needs scan on push, a setting of the registry, and an operating system in the image',
    async ask(world) {
      const { fakes, clients: { ecr } } = world;
      fakes.ecr.scanning('BASIC', 'SCAN_ON_PUSH');
      const repositoryName = await world.repository();
      const image = await push(ecr, repositoryName, { tag: 'v1' });
      while (await statusOf(ecr, repositoryName, image) === 'IN_PROGRESS') await world.wait(1_000);
      await put(ecr, repositoryName, image.manifest, image.mediaType, 'v2');
      return statusOf(ecr, repositoryName, image);
    },
  },
] as const satisfies readonly Probe[];
