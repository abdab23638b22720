import fc from 'fast-check';
import { repositoryNameProblems } from '../../src/core/repository-name';

/** The pattern as the CreateRepository page of the ECR API reference prints it; ours is written so that it cannot backtrack for long. */
const DOCUMENTED = /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\/)*[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

test('agrees with the documented pattern and length', () => {
  const text = fc.stringMatching(/^[a-c0-2._/-]{0,14}$/);
  fc.assert(fc.property(text, name => {
    expect(repositoryNameProblems(name).length === 0).toBe(DOCUMENTED.test(name) && name.length >= 2 && name.length <= 256);
  }), { numRuns: 2_000, seed: 1 });
});

test.each([
  ['111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1', 'team/app'], ['111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/app', 'app'],
  ['public.ecr.aws/alias/team/tool@sha256:abc', 'team/tool'], ['111111111111.dkr.ecr.eu-west-1.amazonaws.com', 'such as team/app'],
])('the URI %s is no name, and the name in it is shown', (uri, name) => {
  expect(repositoryNameProblems(uri)).toEqual([`'repositoryName' must be the name without the registry: ${name}, got: ${uri}`]);
});

test('a token that was changed to lower case is named as such', () => {
  expect(repositoryNameProblems('team/${Token[AWS.AccountId.6]}'.toLowerCase())).toEqual([expect.stringMatching(
    /^'repositoryName' contains a token that was changed to lower case and can no longer be resolved, got: .*\. Use a name that is known/)]);
});

test.each([['a'.repeat(257), '257'], ['a', '1 ("a")'], ['', '0 ("")']])('length of %p', (name, got) => {
  expect(repositoryNameProblems(name, 'name')[0]).toBe(`'name' must have at least 2 and no more than 256 characters, got: ${got}`);
});

