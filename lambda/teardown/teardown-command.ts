import { parseRepositoryArn } from '../../src/core/repository-arn';
import type { TeardownProperties } from '../../src/core/wire/teardown';
import { guardOptions, tagPatterns } from '../shared/teardown/command';

/** A command line for what takes longer than a function may run; undefined where the command line cannot do the same. */
export function teardownCommand(properties: TeardownProperties): string | undefined {
  const { repositoryArn, onStackDelete, exceptions, guards, audit, role, replicaRegions } = properties;
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  const options = guardOptions(guards, audit);
  if (role !== undefined || onStackDelete === 'retain' || replicaRegions.length > 0 || options === undefined) return undefined;
  return [
    `npx cdk-ecr-keeper teardown ${repositoryName} --region ${region}`,
    ...onStackDelete === 'empty' ? ['--empty'] : [],
    ...tagPatterns('--except-tags', exceptions.tags),
    ...exceptions.newest > 0 ? [`--except-newest ${exceptions.newest}`] : [],
    options,
  ].join(' ');
}
