/** aws-ecr's own emptying has no guards and happens more often than its name says. */
export const EMPTY_ON_DELETE = 'with \'emptyOnDelete\', CloudFormation deletes all images whenever it deletes the repository: with the'
  + ' stack,'
  + ' but also when the repository is removed from the template, is replaced, or is created by a deployment that rolls back';

/** Without a teardown, CloudFormation deletes an empty repository only. */
export const DESTROY_FAILS = 'CloudFormation fails to delete a repository with images';
