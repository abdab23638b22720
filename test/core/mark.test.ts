import { markedPredecessor, markKey, markOwner, markValue, stackInTags } from '../../src/core/mark';

const STACK = 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Name/0f1e';

test('key and value', () => {
  expect(markKey('teardown')).toBe('cdk-ecr-keeper:teardown-by');
  expect(markValue(STACK, 'App')).toBe('0f1e:App');
});

test('a mark can name the resource that had the repository before', () => {
  expect(markValue(STACK, 'App', 'Before')).toBe('0f1e:App:Before');
  expect([undefined, '0f1e:App', '0f1e:App:Before'].map(markedPredecessor)).toEqual([undefined, undefined, 'Before']);
});

test.each([
  [undefined, 'none'],
  ['0f1e:App', 'own'],
  ['0f1e:App:Before', 'own'],
  ['0f1e:Before:App', 'same-stack'],
  ['0f1e:App2', 'same-stack'],
  ['0f1e:Other', 'same-stack'],
  ['0f1e2:App', 'other-stack'],
  ['0f1:App', 'other-stack'],
  ['', 'other-stack'],
])('a live mark of %p is seen as %s', (live, owner) => {
  expect(markOwner(live, STACK, 'App')).toBe(owner);
});

test.each<[Record<string, string>, string | undefined]>([
  [{}, undefined],
  [{
    'stage': 'test',
    'cdk-ecr-keeper:teardown': 'abc',
    'my:cdk-ecr-keeper:teardown-by': 'x',
    'cdk-ecr-keeper:-by': 'x',
    'cloudformation:stack-name': 'x',
  }, undefined],
  [{ 'stage': 'test', 'cdk-ecr-keeper:lifecycle-policy-by': 'u:id' }, 'cdk-ecr-keeper:lifecycle-policy-by is u:id'],
  [{ 'aws:cloudformation:stack-id': 'arn' }, 'aws:cloudformation:stack-id is arn'],
])('whether a stack has to do with a repository: %j', (tags, because) => {
  expect(stackInTags(new Map(Object.entries(tags)))).toBe(because && `it belongs to a stack (its tag ${because})`);
});
