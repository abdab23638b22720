import { hasIntrinsics, isIntrinsic, resolveIntrinsics } from '../../src/core/intrinsics';

const PARAMETERS = { Partition: 'aws', Region: 'eu-west-1', AccountId: '111111111111' };

test.each<[string, unknown, unknown]>([
  ['a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-west-1'],
  ['Fn::Join of known values', { 'Fn::Join': [':', ['a', { Ref: 'AWS::AccountId' }]] }, 'a:111111111111'],
  ['Fn::Sub with pseudo parameters', { 'Fn::Sub': 'r-${AWS::Region}-${!x}' }, 'r-eu-west-1-${x}'],
  ['Fn::Sub that is a list, without a variable in its text', { 'Fn::Sub': ['r-${AWS::Region}', {}] }, 'r-eu-west-1'],
  ['a value that is left out', [{ Ref: 'AWS::NoValue' }, { a: { Ref: 'AWS::NoValue' }, b: 1 }], [{ b: 1 }]],
])('%s is resolved', (_what, value, resolved) => expect(resolveIntrinsics(value, PARAMETERS)).toEqual(resolved));

test.each<[string, unknown]>([
  ['a parameter', { Ref: 'Name' }],
  ['a pseudo parameter that is not known', { Ref: 'AWS::StackName' }],
  ['Fn::Join with an attribute', { 'Fn::Join': ['', ['a', { 'Fn::GetAtt': ['B', 'Arn'] }]] }],
  ['Fn::Sub with a variable of its own', { 'Fn::Sub': ['${x}', { x: 'y' }] }],
])('%s stays an intrinsic function', (_what, value) => {
  const resolved = resolveIntrinsics(value, PARAMETERS);
  expect([resolved, isIntrinsic(resolved), hasIntrinsics([{ deep: resolved }])]).toEqual([value, true, true]);
});

test('an object with one key that is not the name of a function is not an intrinsic function', () => {
  expect([{ Sub: 'x' }, { Ref: 'x', Condition: 'y' }].map(isIntrinsic)).toEqual([false, false]);
  expect(hasIntrinsics({ a: ['b'] })).toBe(false);
});
