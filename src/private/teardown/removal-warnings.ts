/** `emptyOnDelete` of aws-ecr has no guards, and it empties a repository in more cases than its name suggests. */
export const EMPTY_ON_DELETE = 'with \'emptyOnDelete\', CloudFormation deletes all images whenever it deletes the repository: with the'
  + ' stack,'
  + ' but also when the repository is removed from the template, is replaced, or is created by a deployment that rolls back';

/** Without a teardown, CloudFormation can delete only an empty repository. */
export const DESTROY_FAILS = 'CloudFormation fails to delete a repository with images';
