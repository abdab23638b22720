import { AwsError } from './aws-error';
import type { Backfills } from './backfills';
import { repositoryName } from './constraints';
import type { Fault } from './faults';
import type { IamRequest } from './iam';
import { need } from './iam-needs';
import type { LayerService } from './layer-service';
import type { Input } from './local-service';
import type { PageTokens } from './page-tokens';
import type { PolicyPrincipals } from './policy-principals';
import type { PullThroughCache } from './pull-through-cache';
import type { Readings } from './readings';
import type { Registry } from './registry';
import type { Replication } from './replication';
import type { ImageId, Repository } from './repository';
import type { PolicyOrder } from './repository-policy';
import type { Scanning } from './scans';

/** A request with its registry and the services that an operation can need. */
export interface EcrRequest {
  readonly operation: string;
  readonly input: Input;
  readonly registry: Registry;
  readonly tokens: PageTokens;
  readonly disabledKeys: ReadonlySet<string>;
  readonly fault?: Fault;
  /** The ARN of the caller. */
  readonly caller: string;
  readonly policyPrincipals: PolicyPrincipals;
  readonly policyOrder: PolicyOrder;
  readonly previewPolls: number;
  readonly readings: Readings;
  /** Not available in public registries. */
  readonly replication?: Replication;
  /** Not available in public registries. */
  readonly backfills?: Backfills;
  /** Not available in public registries. */
  readonly cache?: PullThroughCache;
  /** Not supported for public registries. */
  readonly layers?: LayerService;
  /** Not available in public registries. */
  readonly scanning?: Scanning;
  readonly lifecycleTextAsStored: (text: string) => string;
  now(): number;
  /** Whether the caller has the permissions that ECR uses on its behalf in other services. */
  permits(need: IamRequest): boolean;
}

export interface Operation {
  /** Returns the permissions that IAM checks. Validates the names in the ARNs. */
  needs(request: EcrRequest): IamRequest[];
  /** Waits for others before `run`, after the permissions were checked. */
  prepare?(request: EcrRequest): Promise<void>;
  run(request: EcrRequest): object;
}

/** An operation on the one repository that `repositoryName` names. */
export function onRepository(action: string, run: (repository: Repository, request: EcrRequest) => object): Operation {
  return {
    needs: ({ input, registry }) => [need(`ecr:${action}`, registry, repositoryName(input.repositoryName))],
    run: request => run(request.registry.repository(request.input.repositoryName as string), request),
  };
}

export function imageNotFound({ settings }: Repository, id: ImageId): AwsError {
  return new AwsError('ImageNotFoundException',
    `The image with imageId ${imageText(id)} does not exist within `
    + `the repository with name '${settings.name}' in the registry with id '${settings.account}'`);
}

/** Formats an id for messages. */
export function imageText({ imageDigest = 'null', imageTag = 'null' }: ImageId): string {
  return `{imageDigest:'${imageDigest}', imageTag:'${imageTag}'}`;
}
