import { publicName } from './constraints';
import type { PublicRegistry } from './registry';
import type { PublicRepository } from './repository';
import type { IamContext, IamRequest } from '../local-ecr/iam';
import type { EcrRequest } from '../local-ecr/operation';

/** A request of ECR Public, with the part of a private request that the shared operations need. */
export interface PublicRequest extends EcrRequest {
  readonly registry: PublicRegistry;
  readonly repositoryQuota: number;
}

export interface PublicOperation {
  /** Returns the permissions that IAM checks. Validates the names in the ARNs. */
  needs(request: PublicRequest): IamRequest[];
  run(request: PublicRequest): object;
}

/** An operation on the one repository that `repositoryName` names. */
export function onPublicRepository(action: string, run: (repository: PublicRepository, request: PublicRequest) => object): PublicOperation {
  return {
    needs: ({ input, registry }) => [publicNeed(action, registry, publicName(input.repositoryName))],
    run: request => run(request.registry.repository(request.input.repositoryName as string), request),
  };
}

/** Registries are a separate resource type without tags (service authorization reference). */
export function onPublicRegistry(action: string, run: (registry: PublicRegistry, request: PublicRequest) => object): PublicOperation {
  return {
    needs: ({ registry }) => [{ action: `ecr-public:${action}`, resource: registry.arn }],
    run: request => run(request.registry, request),
  };
}

export function publicNeed(action: string, registry: PublicRegistry, name: string, extra: IamContext = {}): IamRequest {
  return { action: `ecr-public:${action}`, resource: registry.arnOf(name), context: { ...registry.iamContext(name), ...extra } };
}
