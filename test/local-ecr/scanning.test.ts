import {
  BatchGetRepositoryScanningConfigurationCommand, DescribeImageScanFindingsCommand, ECRClient, GetRegistryScanningConfigurationCommand,
  paginateDescribeImageScanFindings, PutImageCommand, ScanFrequency, StartImageScanCommand, waitUntilImageScanComplete,
} from '@aws-sdk/client-ecr';
import { FakeFinding, LocalEcr } from './local-ecr';
import { OCI_MANIFEST } from './manifest';
import type { EndOfScan } from './scans';
import { clientOf, errorOf } from './test-client';

const repositoryName = 'app';
const HOUR = 3_600_000;
const CRITICAL: FakeFinding = {
  name: 'CVE-2026-0001',
  severity: 'CRITICAL',
  description: 'It is bad.',
  uri: 'https://cve.org/1',
  packages: [{ name: 'zlib', version: '1.2', fixedInVersion: '1.3' }, { name: 'bash', version: '5.0' }],
};
const UNTRIAGED: FakeFinding = { name: 'CVE-2026-0002', severity: 'UNTRIAGED', status: 'SUPPRESSED' };

let at: number;
let ecr: LocalEcr;
let client: ECRClient;
let imageDigest: string;

beforeEach(async () => {
  at = Date.UTC(2026, 5, 1);
  ecr = await LocalEcr.start({ now: () => new Date(at) });
  client = clientOf(ecr);
  ecr.seed({ repositoryName });
  imageDigest = ecr.addImage({ repositoryName, tags: ['v1'] });
});

afterEach(async () => {
  client.destroy();
  await ecr.stop();
});

const start = (imageId: object = { imageDigest }, name = repositoryName, from = client) =>
  from.send(new StartImageScanCommand({ repositoryName: name, imageId }));
const describeFindings = (more: object = {}, from = client) =>
  from.send(new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest }, ...more }));
const statusOf = async () => (await describeFindings()).imageScanStatus!.status;

describe('a basic scan', () => {
  test('is started by a call, is in progress, and then returns its findings', async () => {
    ecr.findings(repositoryName, imageDigest, [CRITICAL, UNTRIAGED, { ...UNTRIAGED, name: 'CVE-2026-0003' }]);
    expect(await start({ imageTag: 'v1' })).toMatchObject({
      registryId: '000000000000', repositoryName, imageId: { imageDigest, imageTag: 'v1' }, imageScanStatus: { status: 'IN_PROGRESS' },
    });
    const running = await describeFindings();
    expect([running.imageScanStatus, running.imageScanFindings]).toEqual([{ status: 'IN_PROGRESS' }, undefined]);
    expect(await describeFindings({ imageId: { imageTag: 'v1' } })).toMatchObject({
      registryId: '000000000000',
      repositoryName,
      imageId: { imageDigest, imageTag: 'v1' },
      imageScanStatus: { status: 'COMPLETE', description: 'The scan was completed successfully.' },
      imageScanFindings: {
        imageScanCompletedAt: new Date(at),
        vulnerabilitySourceUpdatedAt: new Date(at),
        findingSeverityCounts: { CRITICAL: 1, UNDEFINED: 2 },
        findings: [
          {
            name: 'CVE-2026-0001',
            severity: 'CRITICAL',
            description: 'It is bad.',
            uri: 'https://cve.org/1',
            attributes: [{ key: 'package_version', value: '1.2' }, { key: 'package_name', value: 'zlib' }],
          },
          { name: 'CVE-2026-0002', severity: 'UNDEFINED' },
          { name: 'CVE-2026-0003', severity: 'UNDEFINED' },
        ],
      },
    });
  });

  test('without findings returns an empty list', async () => {
    ecr.scanPolls = 0;
    await start();
    expect((await describeFindings()).imageScanFindings).toMatchObject({ findings: [], findingSeverityCounts: {} });
  });

  test('returns the findings at its end', async () => {
    ecr.scanPolls = 0;
    await start();
    await statusOf();
    ecr.findings(repositoryName, imageDigest, [CRITICAL]);
    expect((await describeFindings()).imageScanFindings!.findings).toEqual([]);
    at += 24 * HOUR;
    await start();
    expect((await describeFindings()).imageScanFindings!.findings).toHaveLength(1);
  });

  test('satisfies the waiter of the SDK', async () => {
    await start();
    await expect(waitUntilImageScanComplete({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.02 }, {
      repositoryName, imageId: { imageDigest },
    })).resolves.toMatchObject({ state: 'SUCCESS' });
  });

  test('can run once in 24 hours', async () => {
    await start();
    at += 24 * HOUR - 1;
    expect(await errorOf(start())).toMatchObject({
      name: 'LimitExceededException', message: 'The scan quota per image has been exceeded. Wait and try again.',
    });
    at += 1;
    await start();
  });

  test('fails for an artifact that is not an image', async () => {
    const index = ecr.addImage({ repositoryName, children: [imageDigest] });
    const artifact = ecr.addImage({ repositoryName, subject: imageDigest, artifactType: 'application/spdx+json' });
    const archived = ecr.addImage({ repositoryName, status: 'ARCHIVED' });
    const attestation = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [{ mediaType: 'application/vnd.in-toto+json', size: 1 }],
    });
    const { image } = await client.send(new PutImageCommand({ repositoryName, imageManifest: attestation }));
    for (const digest of [index, artifact, image!.imageId!.imageDigest]) {
      expect(await errorOf(start({ imageDigest: digest }))).toMatchObject({ name: 'UnsupportedImageTypeException' });
    }
    expect(await errorOf(start({ imageDigest: archived }))).toMatchObject({ name: 'ImageArchivedException' });
    expect(await errorOf(start({ imageTag: 'v2' }))).toMatchObject({ name: 'ImageNotFoundException' });
    expect(await errorOf(start({ imageTag: 'v1' }, 'other'))).toMatchObject({ name: 'RepositoryNotFoundException' });
    expect(await errorOf(start({}))).toMatchObject({ name: 'InvalidParameterException' });
    for (const imageId of [{ imageDigest: index }, { imageDigest }]) {
      expect(await errorOf(describeFindings({ imageId }))).toMatchObject({ name: 'ScanNotFoundException' });
    }
    expect(await errorOf(describeFindings({ imageId: { imageTag: 'v2' } }))).toMatchObject({ name: 'ImageNotFoundException' });
  });

  test('fails for missing repositories, images, and scans', async () => {
    expect((await errorOf(describeFindings())).message).toBe(
      `Image scan does not exist for the image with '{imageDigest:'${imageDigest}', imageTag:'null'}' in the repository with name 'app' `
      + "in the registry with id '000000000000'");
  });

  test.each([
    ['FAILED', undefined, 'UnsupportedImageError: The operating system and/or package manager are not supported.'],
    ['FAILED', 'ScanError: again', 'ScanError: again'],
    ['UNSUPPORTED_IMAGE', undefined, undefined],
  ] as const)('can end as %s: %s', async (status, reason, description) => {
    ecr.findings(repositoryName, imageDigest, [CRITICAL]);
    ecr.scanEnds(repositoryName, imageDigest, status, reason);
    await start();
    expect(await statusOf()).toBe('IN_PROGRESS');
    const ended = await describeFindings();
    expect([ended.imageScanStatus, ended.imageScanFindings])
      .toEqual([{ status, ...description === undefined ? {} : { description } }, undefined]);
  });

  test('in progress can be ended by the test', async () => {
    ecr.scanPolls = Infinity;
    await start();
    expect([await statusOf(), await statusOf()]).toEqual(['IN_PROGRESS', 'IN_PROGRESS']);
    ecr.scanEnds(repositoryName, imageDigest, 'COMPLETE');
    expect(await statusOf()).toBe('COMPLETE');
  });

  test('is deleted with its image, and belongs to one repository', async () => {
    ecr.scanPolls = 0;
    await start();
    ecr.recreate(repositoryName);
    expect(ecr.addImage({ repositoryName, tags: ['v1'] })).toBe(imageDigest);
    expect(await errorOf(describeFindings())).toMatchObject({ name: 'ScanNotFoundException' });
  });
});

describe('pages', () => {
  const many = Array.from({ length: 250 }, (_, n): FakeFinding => ({ name: `CVE-2026-${n}`, severity: n < 3 ? 'HIGH' : 'LOW' }));
  beforeEach(async () => {
    ecr.scanPolls = 0;
    ecr.findings(repositoryName, imageDigest, many);
  });

  test.each([
    ['BASIC', undefined, [100, 100, 50]],
    ['BASIC', 240, [240, 10]],
    ['BASIC', 1000, [250]],
    ['ENHANCED', 125, [125, 125]],
  ] as const)('of a %s scan contain at most %s findings', async (type, maxResults, sizes) => {
    ecr.scanning(type);
    if (type === 'BASIC') await start();
    const names = new Array<string | undefined>();
    const seen = new Array<number>();
    const pages = paginateDescribeImageScanFindings({ client, pageSize: maxResults }, { repositoryName, imageId: { imageDigest } });
    for await (const { imageScanFindings } of pages) {
      const { findings = [], enhancedFindings = [], findingSeverityCounts } = imageScanFindings!;
      expect(findingSeverityCounts).toEqual({ HIGH: 3, LOW: 247 });
      names.push(
        ...findings.map(({ name }) => name), ...enhancedFindings.map(finding => finding.packageVulnerabilityDetails!.vulnerabilityId),
      );
      seen.push(findings.length + enhancedFindings.length);
    }
    expect(seen).toEqual(sizes);
    expect(names).toEqual(many.map(({ name }) => name));
  });

  test('accept a token for only one scan', async () => {
    await start();
    const { nextToken } = await describeFindings();
    at += 24 * HOUR;
    await start();
    expect(await errorOf(describeFindings({ nextToken }))).toMatchObject({ name: 'InvalidParameterException' });
    for (const maxResults of [0, 1001]) {
      expect(await errorOf(describeFindings({ maxResults }))).toMatchObject({ name: 'InvalidParameterException' });
    }
  });
});

describe('a scan on push', () => {
  test.each<[string, () => void]>([
    ['of the repository', () => ecr.seed({ repositoryName: 'pushed', scanOnPush: true })],
    ['of the registry', () => {
      ecr.seed({ repositoryName: 'pushed' });
      ecr.scanning('BASIC', 'SCAN_ON_PUSH', { filters: ['push'] });
    }],
  ])('starts automatically and counts for the quota with the setting %s', async (_what, set) => {
    set();
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json' };
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] });
    const { image } = await client.send(new PutImageCommand({ repositoryName: 'pushed', imageManifest: manifest }));
    const imageId = image!.imageId!;
    at += HOUR;
    expect(await errorOf(start(imageId, 'pushed'))).toMatchObject({ name: 'LimitExceededException' });
    const statuses = [
      await describeFindings({ repositoryName: 'pushed', imageId }), await describeFindings({ repositoryName: 'pushed', imageId }),
    ];
    expect(statuses.map(({ imageScanStatus }) => imageScanStatus!.status)).toEqual(['IN_PROGRESS', 'COMPLETE']);
    expect(await errorOf(describeFindings())).toMatchObject({ name: 'ScanNotFoundException' });
  });
});

describe('enhanced scanning', () => {
  test('cannot be started by a call', async () => {
    ecr.scanning('ENHANCED');
    expect(await errorOf(start())).toMatchObject({ name: 'ValidationException', message: 'This feature is disabled' });
  });

  test('is PENDING and then ACTIVE with the current findings if it is continuous', async () => {
    ecr.scanning('ENHANCED');
    ecr.findings(repositoryName, imageDigest, [CRITICAL, UNTRIAGED]);
    const pending = await describeFindings();
    expect([pending.imageScanStatus, pending.imageScanFindings]).toEqual([{ status: 'PENDING' }, undefined]);
    const { imageScanStatus, imageScanFindings } = await describeFindings();
    expect(imageScanStatus).toEqual({ status: 'ACTIVE', description: 'Continuous scan is selected for image.' });
    expect(imageScanFindings).toMatchObject({
      imageScanCompletedAt: new Date(at),
      findingSeverityCounts: { CRITICAL: 1, UNTRIAGED: 1 },
      enhancedFindings: [
        {
          awsAccountId: '000000000000',
          findingArn: expect.stringMatching(/^arn:aws:inspector2:us-east-1:000000000000:finding\/[0-9a-f]{32}$/),
          type: 'PACKAGE_VULNERABILITY',
          status: 'ACTIVE',
          severity: 'CRITICAL',
          fixAvailable: 'PARTIAL',
          packageVulnerabilityDetails: {
            vulnerabilityId: 'CVE-2026-0001',
            sourceUrl: 'https://cve.org/1',
            vulnerablePackages: [
              { name: 'zlib', version: '1.2', fixedInVersion: '1.3' }, { name: 'bash', version: '5.0', fixedInVersion: 'NotAvailable' },
            ],
          },
          resources: [{ id: `arn:aws:ecr:us-east-1:000000000000:repository/app/${imageDigest}`, type: 'AWS_ECR_CONTAINER_IMAGE' }],
        },
        { status: 'SUPPRESSED', severity: 'UNTRIAGED', fixAvailable: 'NO' },
      ],
    });
    expect(imageScanFindings!.findings).toBeUndefined();
    at += HOUR;
    ecr.findings(repositoryName, imageDigest, [{ ...CRITICAL, packages: [{ name: 'zlib', version: '1.2', fixedInVersion: '1.3' }] }]);
    expect((await describeFindings()).imageScanFindings)
      .toMatchObject({ imageScanCompletedAt: new Date(at), enhancedFindings: [{ fixAvailable: 'YES' }] });
  });

  test('is unknown, PENDING, COMPLETE without findings, and then COMPLETE with findings on push', async () => {
    ecr.scanning('ENHANCED', 'SCAN_ON_PUSH');
    Object.assign(ecr, { unknownScanPolls: 1, emptyScanPolls: 1 });
    ecr.findings(repositoryName, imageDigest, [CRITICAL]);
    expect(await errorOf(describeFindings())).toMatchObject({ name: 'ScanNotFoundException' });
    expect(await statusOf()).toBe('PENDING');
    const empty = await describeFindings();
    expect([empty.imageScanStatus!.status, empty.imageScanFindings]).toEqual(['COMPLETE', { findings: [] }]);
    expect(await describeFindings())
      .toMatchObject({ imageScanStatus: { status: 'COMPLETE' }, imageScanFindings: { enhancedFindings: [{ severity: 'CRITICAL' }] } });
    ecr.findings(repositoryName, imageDigest, []);
    expect((await describeFindings()).imageScanFindings!.enhancedFindings).toHaveLength(1);
  });

  test.each<EndOfScan>([
    'SCAN_ELIGIBILITY_EXPIRED', 'UNSUPPORTED_IMAGE', 'FINDINGS_UNAVAILABLE', 'LIMIT_EXCEEDED', 'IMAGE_ARCHIVED', 'FAILED',
  ])('can end as %s', async status => {
    ecr.scanning('ENHANCED');
    ecr.findings(repositoryName, imageDigest, [CRITICAL]);
    await statusOf();
    expect(await statusOf()).toBe('ACTIVE');
    ecr.scanEnds(repositoryName, imageDigest, status);
    const ended = await describeFindings();
    expect([ended.imageScanStatus!.status, ended.imageScanFindings]).toEqual([status, undefined]);
  });

  test('fails for anything except an existing image', async () => {
    ecr.scanning('ENHANCED');
    const index = ecr.addImage({ repositoryName, children: [imageDigest] });
    const artifact = ecr.addImage({ repositoryName, artifactType: 'application/spdx+json' });
    const archived = ecr.addImage({ repositoryName, status: 'ARCHIVED' });
    expect(await errorOf(describeFindings({ imageId: { imageDigest: index } }))).toMatchObject({ name: 'ScanNotFoundException' });
    for (const [digest, status] of [[artifact, 'UNSUPPORTED_IMAGE'], [archived, 'IMAGE_ARCHIVED']]) {
      expect((await describeFindings({ imageId: { imageDigest: digest } })).imageScanStatus).toEqual({ status });
    }
  });

  test('needs permissions of Inspector for the caller', async () => {
    const policy = (...actions: string[]) => actions.map(Action => ({
      Effect: 'Allow' as const, Action, Resource: Action.startsWith('ecr:') ? 'arn:aws:ecr:us-east-1:000000000000:repository/app' : '*',
    }));
    const ofEcr = policy('ecr:DescribeImageScanFindings', 'ecr:StartImageScan');
    ecr.principal('ecr', { policy: ofEcr });
    ecr.principal('both', { policy: [...ofEcr, ...policy('inspector2:ListFindings', 'inspector2:ListCoverage')] });
    ecr.principal('half', { policy: [...ofEcr, ...policy('inspector2:ListFindings')] });
    await start({ imageDigest }, repositoryName, clientOf(ecr, 'ecr'));
    await describeFindings({}, clientOf(ecr, 'ecr'));
    ecr.scanning('ENHANCED');
    expect(await errorOf(describeFindings({}, clientOf(ecr, 'ecr')))).toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining('inspector2:ListFindings'),
    });
    expect(await errorOf(describeFindings({}, clientOf(ecr, 'half'))))
      .toMatchObject({ message: expect.stringContaining('inspector2:ListCoverage') });
    await describeFindings({}, clientOf(ecr, 'both'));
  });
});

describe('the configuration', () => {
  const ofRegistry = async (from = client) => (await from.send(new GetRegistryScanningConfigurationCommand({}))).scanningConfiguration;
  const ofRepositories = (repositoryNames: string[], from = client) =>
    from.send(new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames }));

  test('is returned for the registry', async () => {
    expect(await ofRegistry()).toEqual({ scanType: 'BASIC', rules: [] });
    ecr.scanning('ENHANCED', 'SCAN_ON_PUSH', { region: 'eu-west-1', filters: ['prod/*'] });
    expect(await ofRegistry()).toEqual({ scanType: 'BASIC', rules: [] });
    expect(await ofRegistry(clientOf(ecr, 'test', { region: 'eu-west-1' }))).toEqual({
      scanType: 'ENHANCED', rules: [{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: [{ filter: 'prod/*', filterType: 'WILDCARD' }] }],
    });
    expect(() => ecr.scanning('BASIC', 'CONTINUOUS_SCAN')).toThrow('not continuous');
  });

  test('is returned for repositories', async () => {
    ecr.seed({ repositoryName: 'pushed', scanOnPush: true });
    const { scanningConfigurations, failures } = await ofRepositories(['pushed', 'other', 'app']);
    const arn = 'arn:aws:ecr:us-east-1:000000000000:repository';
    expect(scanningConfigurations).toEqual([
      { repositoryArn: `${arn}/pushed`, repositoryName: 'pushed', scanOnPush: true, scanFrequency: 'SCAN_ON_PUSH', appliedScanFilters: [] },
      { repositoryArn: `${arn}/app`, repositoryName: 'app', scanOnPush: false, scanFrequency: 'MANUAL', appliedScanFilters: [] },
    ]);
    expect(failures)
      .toEqual([{ repositoryName: 'other', failureCode: 'REPOSITORY_NOT_FOUND', failureReason: expect.stringContaining("'other'") }]);
  });

  test.each<[string, ScanFrequency]>([
    ['a*', 'CONTINUOUS_SCAN'], ['pp', 'CONTINUOUS_SCAN'], ['p*', 'MANUAL'], ['b', 'MANUAL'],
  ])('with the filter %s results in %s', async (filter, scanFrequency) => {
    ecr.scanning('ENHANCED', undefined, { filters: [filter] });
    expect((await ofRepositories(['app'])).scanningConfigurations)
      .toMatchObject([{ scanFrequency, appliedScanFilters: scanFrequency === 'MANUAL' ? [] : [{ filter }] }]);
    if (scanFrequency === 'MANUAL') expect(await errorOf(describeFindings())).toMatchObject({ name: 'ScanNotFoundException' });
    else expect(await statusOf()).toBe('PENDING');
  });

  test('accepts 1 to 25 names', async () => {
    for (const names of [[], Array.from({ length: 26 }, (_, n) => `app${n}`)]) {
      expect(await errorOf(ofRepositories(names))).toMatchObject({ name: 'InvalidParameterException' });
    }
  });

  test('is authorized by repository, and for the complete registry', async () => {
    ecr.principal('reader', {
      policy: [
        {
          Effect: 'Allow',
          Action: 'ecr:BatchGetRepositoryScanningConfiguration',
          Resource: 'arn:aws:ecr:us-east-1:000000000000:repository/app',
        },
        { Effect: 'Allow', Action: 'ecr:GetRegistryScanningConfiguration', Resource: '*' },
      ],
    });
    const reader = clientOf(ecr, 'reader');
    await ofRepositories(['app'], reader);
    await ofRegistry(reader);
    expect(await errorOf(ofRepositories(['app', 'other'], reader))).toMatchObject({ name: 'AccessDeniedException' });
  });
});
