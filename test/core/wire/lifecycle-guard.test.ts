import { decodeLifecycleGuard, encodeLifecycleGuard, LifecycleGuardProperties } from '../../../src/core/wire/lifecycle-guard';

const FULL: LifecycleGuardProperties = {
  repositoryLogicalId: 'App1',
  policyText: '{"rules":[1]}',
  guard: {
    mode: 'refuse',
    maxImages: 5,
    maxPercentage: 10 / 3,
    protectedTags: ['release-*'],
    pushedWithin: 86_400,
    pulledWithin: 3_600,
    inUseBy: [
      {
        service: 'ecs',
        clusters: ['shop'],
        newestTaskDefinitions: 3,
        region: 'eu-west-1',
        role: { roleArn: 'arn:aws:iam::1:role/x', externalId: 'id' },
      },
      { service: 'lambda', clusters: undefined, newestTaskDefinitions: undefined, region: undefined, role: undefined },
      { service: 'listed', bucket: 'bucket', keyPattern: 'in-use/*.jsonl', maxAge: 86_400 },
    ],
  },
  declaredName: 'team/app',
  declaredEncryption: 'KMS',
  declaredKey: 'arn:aws:kms:eu-west-1:1:key/k',
  fingerprint: 'f00',
};
const BARE: LifecycleGuardProperties = {
  repositoryLogicalId: 'App1',
  policyText: 'x',
  guard: {
    mode: 'warn', maxImages: 0, maxPercentage: undefined, protectedTags: [], pushedWithin: undefined, pulledWithin: undefined, inUseBy: [],
  },
  declaredName: undefined,
  declaredEncryption: undefined,
  declaredKey: undefined,
  fingerprint: undefined,
};

/** CloudFormation drops what is undefined and makes every scalar a string, nested ones too. */
function throughCloudFormation(value: unknown): any {
  if (Array.isArray(value)) return value.map(throughCloudFormation);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, throughCloudFormation(item)]));
}

test.each([['everything', FULL], ['as little as possible', BARE]])('round trip of %s', (_name, properties) => {
  expect(decodeLifecycleGuard(throughCloudFormation(encodeLifecycleGuard(properties)))).toEqual(properties);
});

test('the key of a bucket is not sent to the function', () => {
  const [, , listed] = FULL.guard.inUseBy;
  const inUseBy = [{ ...listed, encryptionKeyArn: 'arn:aws:kms:eu-west-1:1:key/k' } as typeof listed];
  const { Guard } = encodeLifecycleGuard({ ...FULL, guard: { ...FULL.guard, inUseBy } }) as { Guard: { InUseBy: unknown } };
  expect(Guard.InUseBy).toEqual([{ Service: 'listed', Bucket: 'bucket', KeyPattern: 'in-use/*.jsonl', MaxAge: 86_400 }]);
});

test.each<[string, (raw: any) => void, string]>([
  ['no guard', raw => { delete raw.Guard; }, '\'Guard\' must be an object, got: nothing'],
  ['a guard that is a text', raw => { raw.Guard = 'x'; }, '\'Guard\' must be an object, got: "x"'],
  ['another mode', raw => { raw.Guard.Mode = 'maybe'; }, '\'Mode\' must be one of refuse, warn, got: "maybe"'],
  ['no number', raw => { raw.Guard.MaxImages = 'many'; }, '\'MaxImages\' must be a whole number of at least 0, got: "many"'],
  ['no list', raw => { raw.Guard.ProtectedTags = 'x'; }, '\'ProtectedTags\' must be a list of strings, got: "x"'],
  ['another service', raw => { raw.Guard.InUseBy[0].Service = 'eks'; }, '\'Service\' must be one of ecs, lambda, listed, got: "eks"'],
  ['no whole number', raw => { raw.Guard.InUseBy[0].NewestTaskDefinitions = 'some'; },
    '\'NewestTaskDefinitions\' must be a whole number of at least 0, got: "some"'],
  ['no bucket', raw => { delete raw.Guard.InUseBy[2].Bucket; }, '\'Bucket\' must be a string, got: nothing'],
  ['no key pattern', raw => { raw.Guard.InUseBy[2].KeyPattern = ''; }, '\'KeyPattern\' must be a string, got: ""'],
  ['no age', raw => { delete raw.Guard.InUseBy[2].MaxAge; }, '\'MaxAge\' must be a whole number of at least 0, got: nothing'],
  ['users that are no list', raw => { raw.Guard.InUseBy = {}; }, '\'InUseBy\' must be a list, got: {}'],
  ['no logical id', raw => { delete raw.RepositoryLogicalId; }, '\'RepositoryLogicalId\' must be a string, got: nothing'],
])('%s is named', (_name, spoil, message) => {
  const raw = throughCloudFormation(encodeLifecycleGuard(FULL));
  spoil(raw);
  expect(() => decodeLifecycleGuard(raw)).toThrow(message);
});
