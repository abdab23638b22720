import fc from 'fast-check';
import { keyMatcher, keyPatternProblem, keyPrefixOf, parseUseLine } from '../../../src/core/images/use-list';

const AT = 's3://bucket/in-use/a.jsonl, line 3';
const ECR = '111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/app';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const parse = (value: unknown) => parseUseLine(typeof value === 'string' ? value : JSON.stringify(value), AT);

test.each([
  ['an image by tag', { image: `${ECR}:v1` }],
  ['an image by digest, with the name of the workload', { image: `${ECR}@${DIGEST}`, usedBy: 'cluster-a/shop/web-1' }],
  ['an image by tag and digest', { image: `${ECR}:v1@${DIGEST}` }],
  ['an image of another registry', { image: 'registry.example.com:5000/app:v1' }],
  ['an image of Docker Hub', { image: 'nginx' }],
  ['an image that Kubernetes knows by its configuration only', { image: DIGEST }],
])('a line lists %s', (_what, listed) => {
  expect(parse(listed)).toEqual(listed);
});

test('unknown fields, blank lines, line ends of Windows, and the prefix of Docker in Kubernetes are ignored', () => {
  expect(parse({ image: 'nginx', node: 'ip-10-0-0-1', usedBy: null })).toEqual({ image: 'nginx' });
  expect(['', '  ', '\r'].map(parse)).toEqual([undefined, undefined, undefined]);
  expect(parse('{"image":"nginx"}\r')).toEqual({ image: 'nginx' });
  expect(parse({ image: `docker-pullable://${ECR}@${DIGEST}` })).toEqual({ image: `${ECR}@${DIGEST}` });
});

const IMAGE = '\'image\' must be an image such as <registry>/<repository>:<tag> or <registry>/<repository>@<digest>';
test.each<[string, unknown, string]>([
  ['no JSON', 'nginx', 'the line must be a JSON object such as {"image":"…"}, got: "nginx"'],
  ['a list', '["nginx"]', 'the line must be a JSON object such as {"image":"…"}, got: "[\\"nginx\\"]"'],
  ['half a line', '{"image":"ngi', 'the line must be a JSON object such as {"image":"…"}, got: "{\\"image\\":\\"ngi"'],
  ['no image', {}, `${IMAGE}, got: nothing`],
  ['an empty image', { image: '' }, `${IMAGE}, got: ""`],
  ['a number', { image: 1 }, `${IMAGE}, got: 1`],
  ['an image with half a digest', { image: `${ECR}@sha256:abc` }, `${IMAGE}, got: "${ECR}@sha256:abc"`],
  ['a long text', { image: ' '.repeat(200) }, `${IMAGE}, got: "${' '.repeat(99)}…`],
  ['a workload without a name', { image: 'nginx', usedBy: '' }, '\'usedBy\' must be a string of 1 to 256 characters, got: ""'],
  ['a workload that is a number', { image: 'nginx', usedBy: 1 }, '\'usedBy\' must be a string of 1 to 256 characters, got: 1'],
])('a problem names file, line, and field: %s', (_what, value, problem) => {
  expect(parse(value)).toBe(`${AT}: ${problem}`);
});

test('a line is either parsed or a problem, whatever it contains', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), line => {
    const parsed = parseUseLine(line, AT);
    expect(typeof parsed === 'string' ? parsed.startsWith(AT) : parsed === undefined || parsed.image !== '').toBe(true);
  }), { seed: 1 });
});

test('a pattern of keys has 1 to 1,024 bytes in UTF-8 and at most four wildcards', () => {
  expect(['in-use/*.jsonl', 'a', '*', '****', 'ä'.repeat(512), '\u{1F433}'.repeat(256), '€'.repeat(341)].map(keyPatternProblem))
    .toEqual(Array.from({ length: 7 }, () => undefined));
  expect(keyPatternProblem('')).toBe('must not be empty');
  expect([`${'ä'.repeat(512)}a`, `${'\u{1F433}'.repeat(256)}a`, '€'.repeat(342)].map(keyPatternProblem))
    .toEqual(Array.from({ length: 3 }, () => 'must have at most 1024 bytes'));
  expect(keyPatternProblem('*****')).toBe('must have at most 4 wildcards (*)');
});

test.each([
  ['in-use/*.jsonl', 'in-use/', ['in-use/a.jsonl', 'in-use/eu/b.jsonl', 'in-use/.jsonl'], ['in-use/a.json', 'other/in-use/a.jsonl']],
  ['uses.jsonl', 'uses.jsonl', ['uses.jsonl'], ['uses.jsonl.bak', 'a/uses.jsonl']],
  ['*/use?.jsonl', '', ['a/use?.jsonl', '/use?.jsonl'], ['a/uses.jsonl']],
])('the pattern %s begins with "%s"', (pattern, prefix, matching, others) => {
  expect(keyPrefixOf(pattern)).toBe(prefix);
  expect(matching.filter(key => !keyMatcher(pattern)(key))).toEqual([]);
  expect(others.filter(keyMatcher(pattern))).toEqual([]);
});
