import { matchesPattern } from './event-pattern';

const EVENT = {
  'source': 'aws.ecr',
  'detail-type': 'ECR Image Scan',
  'resources': ['arn:one', 'arn:two'],
  'detail': {
    tag: 'v1.2',
    empty: '',
    counts: { HIGH: 2, LOW: 0 },
    tags: ['a', 'b'],
    items: [{ type: 'IMAGE', name: 'one' }, { type: 'HOST', name: 'two' }],
  },
};
const detail = (pattern: object) => matchesPattern({ detail: pattern }, EVENT);

test.each<[string, object, boolean]>([
  ['one of the exact values', { tag: ['v1', 'v1.2'] }, true],
  ['no exact value', { tag: ['v1'] }, false],
  ['a value of a list', { tags: ['b', 'c'] }, true],
  ['no value of a list', { tags: ['c'] }, false],
  ['a field that is missing', { missing: ['a'] }, false],
  ['an object that is missing', { missing: { field: ['a'] } }, false],
  ['all fields', { tag: ['v1.2'], tags: ['a'] }, true],
  ['not all fields', { tag: ['v1.2'], tags: ['c'] }, false],
  ['a prefix', { tag: [{ prefix: 'v1' }] }, true],
  ['another prefix', { tag: [{ prefix: '1' }] }, false],
  ['a suffix', { tag: [{ suffix: '.2' }] }, true],
  ['another suffix', { tag: [{ suffix: '1' }] }, false],
  ['three values with two wildcards each', { tag: [{ wildcard: '*x*' }, { wildcard: '*y*' }, { wildcard: '*1*' }] }, true],
  ['wildcards', { tag: [{ wildcard: '*1.*' }] }, true],
  ['a dot, which is no wildcard', { tag: [{ wildcard: 'v1.2*' }] }, true],
  ['a wildcard that leaves a rest', { tag: [{ wildcard: '*1' }] }, false],
  ['a number above the limit', { counts: { HIGH: [{ numeric: ['>', 0] }] } }, true],
  ['a number at the limit', { counts: { LOW: [{ numeric: ['>', 0] }] } }, false],
  ['a number that is missing', { counts: { CRITICAL: [{ numeric: ['>', 0] }] } }, false],
  ['a text as a number', { tag: [{ numeric: ['>', 0] }] }, false],
  ['a field that exists', { empty: [{ exists: true }] }, true],
  ['a field that does not exist', { missing: [{ exists: false }] }, true],
  ['a field that exists, but must not', { tag: [{ exists: false }] }, false],
  ['anything but prefixes', { tag: [{ 'anything-but': { prefix: ['a', 'b'] } }] }, true],
  ['nothing but prefixes', { tag: [{ 'anything-but': { prefix: ['a', 'v'] } }] }, false],
  ['anything but prefixes in a missing field', { missing: [{ 'anything-but': { prefix: ['a'] } }] }, false],
  ['anything but a value', { tag: [{ 'anything-but': 'v1' }] }, true],
  ['one of two alternatives', { $or: [{ tag: ['x'] }, { tags: ['a'] }] }, true],
  ['no alternative', { $or: [{ tag: ['x'] }, { tags: ['x'] }] }, false],
  ['an alternative of two fields, one of which differs', { $or: [{ tag: ['v1.2'], tags: ['x'] }, { tag: ['x'] }] }, false],
  ['alternatives in an object of an alternative', { $or: [{ counts: { $or: [{ NO: ['x'] }, { HIGH: [2] }] } }, { tag: ['x'] }] }, true],
  ['an object of a list', { items: { type: ['IMAGE'], name: ['one'] } }, true],
  ['fields of two objects of a list', { items: { type: ['IMAGE'], name: ['two'] } }, false],
])('a pattern matches if it should: %s', (_what, pattern, expected) => {
  expect(detail(pattern)).toBe(expected);
});

test.each<[string, object]>([
  ['a value that is no list', { tag: 'v1' }],
  ['an empty list', { tag: [] }],
  ['two wildcards in a row', { tag: [{ wildcard: 'v**' }] }],
  ['four values with two wildcards each', { tag: ['*v*', '*x*', '*y*', '*z*'].map(text => ({ wildcard: text })) }],
  ['an operator that is not known', { tag: [{ like: 'v*' }] }],
  ['a single alternative, which is no alternative', { $or: [{ tag: ['v1.2'] }] }],
  ['two operators', { tag: [{ prefix: 'v', wildcard: 'v*' }] }],
])('a pattern with %s is invalid', (_what, pattern) => {
  expect(() => detail(pattern)).toThrow('Event pattern is not valid');
});
