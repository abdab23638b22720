import { parseRepositoryArn } from '../../src/core/repository-arn';
import type { TeardownProperties } from '../../src/core/wire/teardown';
import { guardOptions, quoted } from '../shared/teardown/command';

/** A command line for what takes longer than a function may run; undefined where the command line cannot do the same. */
export function teardownCommand(properties: TeardownProperties): string | undefined {
  const { repositoryArn, onStackDelete, exceptions, guards, audit, role, replicaRegions } = properties;
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  const { tags, newest } = exceptions;
  const options = guardOptions(guards, audit, [['except-tags', quoted(tags)], ['except-newest', newest || undefined]]);
  if (role !== undefined || onStackDelete === 'retain' || replicaRegions.length > 0 || options === undefined) return undefined;
  return `npx cdk-ecr-keeper teardown ${repositoryName} --region ${region} ${onStackDelete === 'empty' ? '--empty ' : ''}${options}`;
}
