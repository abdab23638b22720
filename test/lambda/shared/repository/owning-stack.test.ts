import { isNoStackOf } from '../../../../lambda/shared/repository/owning-stack';

const error = (message: string, name = 'ValidationError') => Object.assign(new Error(message), { name });

test.each([
  'Stack for cache/app does not exist', 'Stack for resource \'cache/app\' does not exist.',
  'Stack with physical id [cache/app] does not exist',
])('CloudFormation says that no stack has the physical id: %s', message => {
  expect(isNoStackOf(error(message), 'cache/app')).toBe(true);
});

test.each([
  ['Stack for cache/app does not exist', 'AccessDenied'],
  ['Stack for cache/app2 does not exist', 'ValidationError'],
  ['Stack for cache/app does not exist in this Region, but it has resources', 'ValidationError'],
  ['Resource cache/app does not exist for stack Shop', 'ValidationError'],
  ['The role for cache/app does not exist', 'ValidationError'],
  ['Rate exceeded', 'Throttling'],
])('it is unknown whether a stack has it: %s (%s)', (message, name) => {
  expect(isNoStackOf(error(message, name), 'cache/app')).toBe(false);
});
