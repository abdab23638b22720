import fc from 'fast-check';
import { throughCloudFormation } from './through-cloudformation';
import { SEVERITIES } from '../../../src/core/scan/severity';
import type { FindingLimits } from '../../../src/core/scan/verdict';
import { decodeScanGate, encodeScanGate, SCAN_GATE_ATTRIBUTES, ScanGateProperties } from '../../../src/core/wire/scan-gate';

const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';
const LEAST: ScanGateProperties = {
  repositoryArn: ARN,
  tagOrDigest: 'build-123',
  limits: { CRITICAL: 0 },
  ignored: [],
  timeoutSeconds: 600,
  maxScanAgeSeconds: 86_400,
  allowUnsupported: false,
};

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const text = fc.string({ minLength: 1 });

test('round trip', () => {
  const properties: fc.Arbitrary<ScanGateProperties> = fc.record({
    repositoryArn: fc.constant(ARN),
    tagOrDigest: text,
    limits: fc.dictionary(fc.constantFrom(...SEVERITIES), fc.nat(), { minKeys: 1, noNullPrototype: true }) as fc.Arbitrary<FindingLimits>,
    ignored: fc.array(fc.record({ name: text, until: fc.date({ noInvalidDate: true }).map(date => date.getTime()) })),
    timeoutSeconds: fc.nat(),
    maxScanAgeSeconds: fc.nat(),
    allowUnsupported: fc.boolean(),
    trigger: optional(text),
    region: optional(text),
    role: optional(fc.record({ roleArn: text, externalId: optional(text) })),
  });
  fc.assert(fc.property(properties, p => expect(decodeScanGate(throughCloudFormation(encodeScanGate(p)))).toEqual(p)), { seed: 1 });
});

test('a value that is not set is omitted, and times are readable', () => {
  const sent = {
    RepositoryArn: ARN,
    TagOrDigest: 'build-123',
    Limits: { CRITICAL: '0' },
    TimeoutSeconds: '600',
    MaxScanAgeSeconds: '86400',
    AllowUnsupported: 'false',
  };
  expect(throughCloudFormation(encodeScanGate(LEAST))).toEqual(sent);
  expect(throughCloudFormation(encodeScanGate({ ...LEAST, ignored: [{ name: 'CVE-2024-3094', until: Date.UTC(2027, 0, 31) }] })))
    .toEqual({ ...sent, Ignored: [{ Name: 'CVE-2024-3094', Until: '2027-01-31T00:00:00.000Z' }] });
});

test('a resource that was deployed without a maximum age of scans has the shortest one', () => {
  const { MaxScanAgeSeconds: _, ...raw } = throughCloudFormation(encodeScanGate(LEAST));
  expect(decodeScanGate(raw)).toEqual(LEAST);
});

test('no attribute has the name of another', () => {
  const names = [...SEVERITIES, ...Object.values(SCAN_GATE_ATTRIBUTES)];
  expect(new Set(names).size).toBe(names.length);
});

test.each([
  ['RepositoryArn', undefined, 'a string, got: nothing'],
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['TagOrDigest', '', 'a string, got: ""'],
  ['Limits', undefined, 'an object of severities and numbers, got: nothing'],
  ['Limits', null, 'an object of severities and numbers, got: null'],
  ['Limits', '0', 'an object of severities and numbers, got: "0"'],
  ['Limits', ['0'], 'an object of'],
  ['Limits', { WORSE: '0' }, 'an object of CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL, UNTRIAGED, got: "WORSE"'],
  ['Ignored', 'CVE-1', 'a list, got: "CVE-1"'],
  ['Ignored', [null], 'a list of objects with a Name and a time Until, got: null'],
  ['Ignored', ['CVE-1'], 'a list of objects with a Name and a time Until, got: "CVE-1"'],
  ['Ignored', [{ Name: 'CVE-1' }], 'a list of objects with a Name and a time Until, got: {"Name":"CVE-1"}'],
  ['Ignored', [{ Name: 'CVE-1', Until: 'soon' }], 'a list of objects with a Name and a time Until'],
  ['Ignored', [{ Until: '2027-01-31' }], 'a list of objects with a Name and a time Until'],
  ['TimeoutSeconds', undefined, 'a whole number of seconds, got: nothing'],
  ['TimeoutSeconds', '1.5', 'a whole number of at least 0, got: "1.5"'],
  ['MaxScanAgeSeconds', 'long', 'a whole number of at least 0, got: "long"'],
  ['AllowUnsupported', undefined, 'true or false, got: nothing'],
  ['AllowUnsupported', 'maybe', 'true or false, got: "maybe"'],
  ['Trigger', '', 'a string, got: ""'],
  ['Region', '', 'a string, got: ""'],
  ['RoleArn', '', 'a string, got: ""'],
])('%s that does not decode is named: %j', (property, value, message) => {
  expect(() => decodeScanGate({ ...throughCloudFormation(encodeScanGate(LEAST)), [property]: value }))
    .toThrow(`'${property}' must be ${message}`);
});

test.each(['-1', '1.5', 'many', ''])('a limit of %j is no limit', limit => {
  expect(() => decodeScanGate({ ...throughCloudFormation(encodeScanGate(LEAST)), Limits: { CRITICAL: '0', HIGH: limit } }))
    .toThrow(`'HIGH' must be a whole number of at least 0, got: "${limit}"`);
});

test.each([[{}], [[]]])('missing limits are refused, and do not allow every finding: %j', limits => {
  expect(() => decodeScanGate({ ...throughCloudFormation(encodeScanGate(LEAST)), Limits: limits })).toThrow('\'Limits\' must be');
});
