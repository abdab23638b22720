import type { Stack } from 'aws-cdk-lib';
import { prefixTeardownHandler } from '../../lambda/prefix-teardown/handler';
import { publicRepositoryHandler } from '../../lambda/public-repository/handler';
import { teardownHandler } from '../../lambda/teardown/handler';
import { PrefixTeardown, PublicRepository, PublicTeardown, Repository, RepositoryTeardown, Teardown, TeardownAudit } from '../../src';
import type { DeployedStack } from '../../test/lambda/deployed-stack';
import type { Handle, LocalAccount } from '../../test/lambda/local-account';

/** One or more repositories whose stack is deleted. */
export interface Subject {
  readonly kind: string;
  readonly incumbent: string;
  readonly type: string;
  readonly handle: Handle;
  build(scope: Stack): void;
  seed(account: LocalAccount, stack: DeployedStack): void;
  /** Returns the total number of images in all Regions. */
  images(account: LocalAccount): number;
}

const TAGS = { stage: 'test' };
const requireTag = { key: 'stage', value: 'test' };
const CANNOT = 'cannot';

/** Number of images in each repository: indexes with their images, of which a fifth is archived. */
export function subjects(images: number): Subject[] {
  const holding = { images, kind: 'multiArch', archived: images / 5 } as const;
  const teardown = { type: 'Custom::EcrTeardown', handle: teardownHandler };
  const native = (account: LocalAccount, stack: DeployedStack) => account.ecr.seed({ ...stack.nativeRepositories()[0], ...holding });
  const app = (account: LocalAccount) => account.ecr.images('team/app');
  const owned = (options: Teardown) =>
    (scope: Stack) => { new Repository(scope, 'App', { repositoryName: 'team/app', teardown: options }); };
  const imported = (region: string) => (scope: Stack) => {
    const repository = Repository.fromRepositoryArn(scope, 'Import', `arn:aws:ecr:${region}:000000000000:repository/team/app`);
    new RepositoryTeardown(scope, 'Teardown', { repository, teardown: Teardown.deleteWithImages({ requireTag }) });
  };
  const theirs = (region: string) =>
    (account: LocalAccount) => account.ecr.seed({ repositoryName: 'team/app', region, tags: TAGS, ...holding });
  return [
    {
      ...teardown,
      kind: 'owned',
      incumbent: 'leaves images, says SUCCESS',
      build: owned(Teardown.deleteWithImages()),
      seed: native,
      images: app,
    },
    {
      ...teardown,
      kind: 'owned, audited',
      incumbent: CANNOT,
      build: owned(Teardown.deleteWithImages({ audit: TeardownAudit.toLogs() })),
      seed: native,
      images: app,
    },
    { ...teardown, kind: 'owned, emptied and kept', incumbent: CANNOT, build: owned(Teardown.empty()), seed: native, images: app },
    { ...teardown, kind: 'imported', incumbent: CANNOT, build: imported('us-east-1'), seed: theirs('us-east-1'), images: app },
    {
      ...teardown,
      kind: 'imported, another Region',
      incumbent: CANNOT,
      build: imported('eu-west-1'),
      seed: theirs('eu-west-1'),
      images: account => account.ecr.images('team/app', { region: 'eu-west-1' }),
    },
    {
      ...teardown,
      kind: 'owned, with replicas in 2 Regions',
      incumbent: CANNOT,
      build: owned(Teardown.deleteWithImages({ replicaRegions: ['eu-west-1', 'ap-south-1'] })),
      seed: (account, stack) => {
        account.ecr.replicate({ from: { region: 'us-east-1' }, to: [{ region: 'eu-west-1' }, { region: 'ap-south-1' }] });
        native(account, stack);
      },
      images: account => ['us-east-1', 'eu-west-1', 'ap-south-1']
        .reduce((sum, region) => sum + account.ecr.images('team/app', { region }), 0),
    },
    {
      kind: '10 under a prefix',
      incumbent: CANNOT,
      type: 'Custom::EcrPrefixTeardown',
      handle: prefixTeardownHandler,
      build: scope => { new PrefixTeardown(scope, 'Cache', { prefix: 'cache/', requireTag }); },
      seed: account => {
        const tenth = { ...holding, images: images / 10, archived: images / 50 };
        for (const repositoryName of cached()) account.ecr.seed({ repositoryName, tags: TAGS, ...tenth });
      },
      images: account => cached().reduce((sum, name) => sum + account.ecr.images(name), 0),
    },
    {
      kind: 'public',
      incumbent: CANNOT,
      type: 'Custom::EcrPublicRepository',
      handle: publicRepositoryHandler,
      build: scope => { new PublicRepository(scope, 'App', { repositoryName: 'team/app', teardown: PublicTeardown.deleteWithImages() }); },
      seed: account => {
        account.ecrPublic.onCall = call => {
          if (call.operation === 'CreateRepository') {
            for (let n = 0; n < images; n++) account.ecrPublic.addImage({ repositoryName: 'team/app', tags: [`v${n}`] });
          }
        };
      },
      images: account => account.ecrPublic.images('team/app'),
    },
  ];
}

function cached(): string[] {
  return [...Array(10).keys()].map(n => `cache/image-${n}`);
}
