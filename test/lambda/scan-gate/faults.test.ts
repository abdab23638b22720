import { Duration, Stack } from 'aws-cdk-lib';
import { TYPE } from './scene';
import { scanGateHandler } from '../../../lambda/scan-gate/handler';
import { Repository, RepositoryImage, ScanGate, ScanGateProps } from '../../../src';
import { CREATED, describeFaults, FaultScene, UPDATING } from '../fault-points';
import type { LocalAccount } from '../local-account';

const NAME = 'team/shared';

const build = (props: Partial<ScanGateProps> = {}) => (scope: Stack) => {
  new ScanGate(scope, 'Gate', {
    image: RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'Import', NAME), 'build-one'), ...props,
  });
};

type Kind = 'BASIC' | 'ENHANCED';

const prepare = (kind: Kind, severity: 'CRITICAL' | 'LOW', more?: (account: LocalAccount) => void) => (account: LocalAccount) => {
  account.ecr.vanish(NAME);
  account.ecr.seed({ repositoryName: NAME });
  Object.assign(account.ecr, { scanPolls: 1, unknownScanPolls: kind === 'BASIC' ? 0 : 1, emptyScanPolls: 0 });
  account.ecr.scanning(kind);
  const { images } = account.ecr.addRealIndex({ repositoryName: NAME, tags: ['build-one'], images: 1 });
  account.ecr.findings(NAME, images[0].digest, [{ name: 'CVE-1', severity }]);
  more?.(account);
};

const create = { request: 'Create', history: CREATED.slice(0, 1) } as const;

/** The image passes with the first response or a later one, but never before its findings were read. */
const passes = (more: Pick<FaultScene, 'name' | 'prepare' | 'request' | 'history'>): FaultScene => ({
  ...more,
  build: build(),
  isFinal: answer => answer?.Status === 'SUCCESS',
  expectEnd: (_account, _stack, answer) => {
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { LOW: '1', CRITICAL: '0', Summary: '1 LOW' } });
  },
});

const stops = (more: Pick<FaultScene, 'name' | 'prepare' | 'request' | 'history'>): FaultScene => ({
  ...more,
  build: build({ timeout: Duration.minutes(5) }),
  isFinal: answer => {
    expect(answer?.Status).not.toBe('SUCCESS');
    return answer?.Reason.includes('is refused because it has') === true;
  },
  expectEnd: (_account, _stack, answer) => {
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('CVE-1') });
  },
});

describeFaults(scanGateHandler, TYPE, [
  passes({ ...create, name: 'Create with basic scanning', prepare: prepare('BASIC', 'LOW') }),
  passes({ ...create, name: 'Create with enhanced scanning', prepare: prepare('ENHANCED', 'LOW') }),
  stops({ ...create, name: 'Create with basic scanning that refuses the image', prepare: prepare('BASIC', 'CRITICAL') }),
  stops({
    request: 'Update',
    history: UPDATING,
    name: 'Update with enhanced scanning that refuses the image',
    prepare: prepare('ENHANCED', 'CRITICAL'),
  }),
]);
