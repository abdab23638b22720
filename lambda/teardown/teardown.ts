import { ReplicaRegions } from './replicas';
import type { TeardownJob } from './teardown-job';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { guardOptions, quoted } from '../shared/teardown/command';
import { DestinationGuards } from '../shared/teardown/destination-guards';
import { listImagesToRemove } from '../shared/teardown/empty';
import { ImageUses } from '../shared/teardown/image-use';
import { PrivateTarget } from '../shared/teardown/private-target';
import type { Teardown } from '../shared/teardown/teardown';

/** Returns the teardown of a private repository. The job must have a client of its Region and account. */
export function teardownOf(job: TeardownJob, clients: TeardownClients): Teardown {
  const { properties } = job;
  const { repositoryArn, repositoryLogicalId, onStackDelete, owned, guards, exceptions } = properties;
  const target = new PrivateTarget(job, repositoryArn);
  const ofDestinations = new DestinationGuards(job, clients, guards, properties.role);
  const { destinations } = ofDestinations;
  const replicas = properties.replicaRegions.length === 0 ? undefined : new ReplicaRegions(job, clients, target, destinations);
  const removed = onStackDelete !== 'empty' ? undefined
    : async () => new Set((await listImagesToRemove(target, exceptions)).map(({ digest }) => digest));
  return {
    target,
    handler: TEARDOWN_HANDLER,
    onStackDelete,
    creator: owned ? 'cloudformation' : 'others',
    repositoryLogicalId,
    guards,
    exceptions,
    audit: auditOf(job, properties.audit, clients),
    manualCommand: onStackDelete === 'empty' ? teardownCommand(properties) ?? 'npx cdk-ecr-keeper teardown --help'
      : `aws ecr delete-repository --region ${parseRepositoryArn(repositoryArn)!.region} --repository-name ${target.name} --force`,
    adoptCommand: owned ? adoptCommand(target.name) : undefined,
    uses: guards.inUseBy.length === 0 ? undefined : new ImageUses(job, clients, target, { guards, exceptions }, replicas?.arns),
    replicas,
    checkDestinations: () => ofDestinations.check(repositoryArn, { removed, isChecked: region => replicas?.hasChecked(region) ?? false }),
  };
}

export function adoptCommand(name: string): string {
  return `npx cdk-ecr-keeper adopt ${name}`;
}

/** Returns a command for a teardown that takes longer than a function can run; undefined if the command line cannot do the same. */
export function teardownCommand(properties: TeardownProperties): string | undefined {
  const { repositoryArn, onStackDelete, exceptions, guards, audit, role, replicaRegions } = properties;
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  const { tags, newest } = exceptions;
  const options = guardOptions(guards, audit, [['except-tags', quoted(tags)], ['except-newest', newest || undefined]]);
  if (role !== undefined || onStackDelete === 'retain' || replicaRegions.length > 0 || options === undefined) return undefined;
  return `npx cdk-ecr-keeper teardown ${repositoryName} --region ${region} ${onStackDelete === 'empty' ? '--empty ' : ''}${options}`;
}
