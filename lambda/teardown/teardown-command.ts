import { parseRepositoryArn } from '../../src/core/repository-arn';
import type { TeardownProperties } from '../../src/core/wire/teardown';

/** Of the command line, for what takes longer than a function may. It looks first: its --dry-run is for a person to take off. */
export function teardownCommand({ repositoryArn, onStackDelete, exceptions, role }: TeardownProperties): string | undefined {
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  if (role !== undefined || onStackDelete === 'retain') return undefined;
  return [
    `npx cdk-ecr-keeper teardown ${repositoryName} --region ${region}`,
    ...onStackDelete === 'empty' ? ['--empty'] : [],
    ...exceptions.tags.length > 0 ? [`--except-tags ${exceptions.tags.map(tag => `'${tag}'`).join(' ')}`] : [],
    ...exceptions.newest > 0 ? [`--except-newest ${exceptions.newest}`] : [],
    '--dry-run',
  ].join(' ');
}
