import type { Stack } from 'aws-cdk-lib';
import { imageCopyHandler } from '../../lambda/image-copy/handler';
import { imageTagsHandler } from '../../lambda/image-tags/handler';
import { lifecycleGuardHandler } from '../../lambda/lifecycle-guard/handler';
import { lifecyclePolicyHandler } from '../../lambda/lifecycle-policy/handler';
import { publicRepositoryHandler } from '../../lambda/public-repository/handler';
import { repositoryPolicyHandler } from '../../lambda/repository-policy/handler';
import { scanGateHandler } from '../../lambda/scan-gate/handler';
import { teardownHandler } from '../../lambda/teardown/handler';
import {
  ExistingRepository, ImageCopy, ImageSource, ImageTags, LifecycleGuard, LifecyclePolicy, LifecycleRule, PublicRepository, PublicTeardown,
  Repository, RepositoryImage, RepositoryLifecycle, RepositoryPrincipal, ScanGate, TagRemovalPolicy, Teardown,
} from '../../src';
import type { Handle, LocalAccount, RequestType } from '../../test/lambda/local-account';

/** A kind of resource that a stack can contain many times. The repository of each is `team/app` with a number. */
export interface Subject {
  readonly handler: string;
  readonly type: string;
  readonly handle: Handle;
  /** Request types to measure. A Delete follows a Create without rate limits. */
  readonly requests: readonly RequestType[];
  build(scope: Stack): void;
  seed?(account: LocalAccount, repositoryName: string, tags: Record<string, string>): void;
}

const imported = (scope: Stack) => ExistingRepository.fromRepositoryName(scope, 'Import', 'team/app');
const holding = (account: LocalAccount, repositoryName: string, tags: Record<string, string>) => {
  account.ecr.seed({ repositoryName, tags });
  account.ecr.addImage({ repositoryName, tags: ['v1'] });
};
const policy = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(5)]);
const owned = (teardown: Teardown) => (scope: Stack) => { new Repository(scope, 'App', { repositoryName: 'team/app', teardown }); };

export const SUBJECTS: readonly Subject[] = [
  {
    handler: 'teardown',
    type: 'Custom::EcrTeardown',
    handle: teardownHandler,
    requests: ['Create', 'Delete'],
    build: owned(Teardown.deleteWithImages()),
    seed: holding,
  },
  {
    handler: 'teardown, empty',
    type: 'Custom::EcrTeardown',
    handle: teardownHandler,
    requests: ['Delete'],
    build: owned(Teardown.empty()),
    seed: holding,
  },
  {
    handler: 'public-repository',
    type: 'Custom::EcrPublicRepository',
    handle: publicRepositoryHandler,
    requests: ['Create', 'Delete'],
    build: scope => { new PublicRepository(scope, 'App', { repositoryName: 'team/app', teardown: PublicTeardown.deleteWithImages() }); },
  },
  {
    handler: 'repository-policy',
    type: 'Custom::EcrRepositoryPolicy',
    handle: repositoryPolicyHandler,
    requests: ['Create', 'Delete'],
    build: scope => { imported(scope).grantPull(RepositoryPrincipal.accounts('222222222222')); },
    seed: holding,
  },
  {
    handler: 'lifecycle-policy',
    type: 'Custom::EcrLifecyclePolicy',
    handle: lifecyclePolicyHandler,
    requests: ['Create', 'Delete'],
    build: scope => { new RepositoryLifecycle(scope, 'Lifecycle', { repository: imported(scope), lifecycle: policy }); },
    seed: holding,
  },
  {
    handler: 'lifecycle-guard',
    type: 'Custom::EcrLifecycleGuard',
    handle: lifecycleGuardHandler,
    requests: ['Create'],
    build: scope => {
      const lifecycleGuard = LifecycleGuard.refuse({ maxImages: 3 });
      new Repository(scope, 'App', { repositoryName: 'team/app', lifecycle: policy, lifecycleGuard });
    },
    seed: holding,
  },
  {
    handler: 'image-copy',
    type: 'Custom::EcrImageCopy',
    handle: imageCopyHandler,
    requests: ['Create', 'Delete'],
    build: scope => {
      const source = ImageSource.fromEcrRepository(ExistingRepository.fromRepositoryName(scope, 'From', 'from'), 'v1');
      new ImageCopy(scope, 'Copy', { source, repository: imported(scope), tagRemovalPolicy: TagRemovalPolicy.DESTROY });
    },
    seed: (account, repositoryName) => account.ecr.seed({ repositoryName }),
  },
  {
    handler: 'image-tags',
    type: 'Custom::EcrImageTags',
    handle: imageTagsHandler,
    requests: ['Create', 'Delete'],
    build: scope => {
      const image = RepositoryImage.fromRepository(imported(scope), 'v1');
      new ImageTags(scope, 'Tags', { image, tags: ['prod'], tagRemovalPolicy: TagRemovalPolicy.DESTROY });
    },
    seed: holding,
  },
  {
    handler: 'scan-gate',
    type: 'Custom::EcrScanGate',
    handle: scanGateHandler,
    requests: ['Create'],
    build: scope => { new ScanGate(scope, 'Gate', { image: RepositoryImage.fromRepository(imported(scope), 'v1') }); },
    seed: holding,
  },
];
