export interface PublicRepositoryArn {
  readonly partition: string;
  readonly account: string;
  readonly repositoryName: string;
}

/** Parses the ARN of a public repository. Returns undefined for any other text. ECR Public has no Regions. */
export function parsePublicRepositoryArn(arn: string): PublicRepositoryArn | undefined {
  const match = /^arn:([^:]+):ecr-public::([^:]+):repository\/(.+)$/.exec(arn);
  return match ? { partition: match[1], account: match[2], repositoryName: match[3] } : undefined;
}

export function publicRepositoryName(arn: string): string {
  return parsePublicRepositoryArn(arn)?.repositoryName ?? arn;
}
