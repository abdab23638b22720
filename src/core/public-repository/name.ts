/**
 * Names of public repositories, which are stricter than those of private ones: no `__`, no runs of `-`.
 * Pattern and length: https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_CreateRepository.html
 */
const PATTERN = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

const MIN_LENGTH = 2;
const MAX_LENGTH = 205;

/** Returns the problems of the name of a public repository, with the name of its property. Empty if ECR Public accepts the name. */
export function publicRepositoryNameProblems(name: string, property = 'repositoryName'): string[] {
  return [
    ...name.length >= MIN_LENGTH && name.length <= MAX_LENGTH ? []
      : [`'${property}' must have between ${MIN_LENGTH} and ${MAX_LENGTH} characters, got: ${name.length}`],
    ...PATTERN.test(name) ? []
      : [`'${property}' must consist of lowercase letters and digits, separated by a single '.', '_', '-', or '/', got: ${name}`],
  ];
}
