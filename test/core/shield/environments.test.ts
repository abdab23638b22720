import { EnvironmentPlan, environmentsOf, isGone } from '../../../src/core/shield/environments';

const OWN = { account: '111111111111', region: 'eu-west-1' };
const ECS = { service: 'ecs' } as const;
const LISTED = { service: 'listed', bucket: 'lists', keyPattern: '*.jsonl', maxAge: 86_400 } as const;
const role = { roleArn: 'arn:aws:iam::222222222222:role/image-use', externalId: 'image-shield' };
const plan: EnvironmentPlan = { own: OWN, usedBy: [ECS, LISTED], listed: [] };

const ORGANIZATION: EnvironmentPlan = {
  ...plan,
  organization: {
    roleArn: ['arn:aws:iam::', ':role/image-use'],
    externalId: 'image-shield',
    regions: ['eu-west-1', 'us-east-1'],
    excludedAccounts: ['333333333333'],
  },
};

describe('the environments of a run', () => {
  test('are the own one first, and only it reads lists', () => {
    const other = { account: '222222222222', region: 'eu-central-1', role };
    expect(environmentsOf({ ...plan, listed: [other] }, [])).toEqual([
      { ...OWN, usedBy: [ECS, LISTED] }, { ...other, usedBy: [ECS] },
    ]);
  });

  test('have the own one once, if the stack lists the Region in which it is deployed', () => {
    const others = ['eu-west-1', 'us-east-1'].map(region => ({ ...OWN, region }));
    expect(environmentsOf({ ...plan, listed: others }, [])).toEqual([{ ...OWN, usedBy: [ECS, LISTED] }, { ...others[1], usedBy: [ECS] }]);
  });

  test('are the Regions of each account of the organization that is not excluded, with a role in each other account', () => {
    expect(environmentsOf(ORGANIZATION, ['111111111111', '222222222222', '333333333333'])).toEqual([
      { ...OWN, usedBy: [ECS, LISTED] },
      { account: '111111111111', region: 'us-east-1', usedBy: [ECS] },
      { account: '222222222222', region: 'eu-west-1', role, usedBy: [ECS] },
      { account: '222222222222', region: 'us-east-1', role, usedBy: [ECS] },
    ]);
  });
});

test.each([
  ['an account of the organization that is not listed any more', '222222222222/us-east-1', true],
  ['an excluded account', '333333333333/us-east-1', false],
  ['a Region that is not searched any more', '222222222222/us-west-2', false],
])('an environment that a run does not list is gone if it is in %s: %s', (_, name, gone) => {
  expect(isGone(ORGANIZATION.organization, name)).toBe(gone);
  expect(isGone(undefined, name)).toBe(false);
});
