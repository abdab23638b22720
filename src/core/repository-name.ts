import { ECR_PRIVATE_REGISTRY, ECR_PUBLIC_REGISTRY } from './images/image-reference';

/**
 * Repository names as ECR accepts them.
 * Pattern and length: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
 */
const PATTERN = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

export const MIN_NAME_LENGTH = 2;
export const MAX_NAME_LENGTH = 256;

/** Whether ECR accepts the name of a private repository. */
export function isRepositoryName(name: string): boolean {
  return name.length >= MIN_NAME_LENGTH && name.length <= MAX_NAME_LENGTH && PATTERN.test(name);
}

/** Returns the problems of a repository name, with the name of its property. Empty if ECR accepts the name. */
export function repositoryNameProblems(name: string, property = 'repositoryName'): string[] {
  const problems: string[] = [];
  if (/\$\{token\[/.test(name)) {
    return [`'${property}' contains a token that was changed to lower case and can no longer be resolved, got: ${name}. Use a name that is`
      + ' known at synthesis, or change only the parts around the token'];
  }
  const [registry, ...path] = name.split('/');
  if (ECR_PRIVATE_REGISTRY.test(registry) || registry === ECR_PUBLIC_REGISTRY) {
    const repositoryName = path.slice(registry === ECR_PUBLIC_REGISTRY ? 1 : 0).join('/').replace(/[:@].*$/, '');
    return [`'${property}' must be the name without the registry: ${repositoryName || 'such as team/app'}, got: ${name}`];
  }
  if (name.length < MIN_NAME_LENGTH || name.length > MAX_NAME_LENGTH) {
    problems.push(`'${property}' must have at least ${MIN_NAME_LENGTH} and no more than ${MAX_NAME_LENGTH} characters,`
      + ` got: ${name.length}${name.length < MIN_NAME_LENGTH ? ` ("${name}")` : ''}`);
  }
  if (!PATTERN.test(name)) {
    problems.push(`'${property}' must consist of lowercase letters and digits, separated by '.', '_', '__', any number of '-', or '/',`
      + ` got: ${name}`);
  }
  return problems;
}
