import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { Capability } from './capability';
import { markKey } from '../../core/mark';
import { IMAGE_COPY_HANDLER } from '../../core/wire/image-copy';
import { IMAGE_TAGS_HANDLER } from '../../core/wire/image-tags';
import { LIFECYCLE_POLICY_HANDLER } from '../../core/wire/lifecycle-policy';
import { REGISTRY_REPLICATION_HANDLER } from '../../core/wire/registry-replication';
import { REPOSITORY_POLICY_HANDLER } from '../../core/wire/repository-policy';
import { REPOSITORY_POLICY_CHECK_HANDLER } from '../../core/wire/repository-policy-check';
import { SCAN_GATE_HANDLER } from '../../core/wire/scan-gate';
import { TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { COPY_FROM, COPY_TO, INSPECTOR_READS, PUSH_TOKEN, REMOVE_TAGS, SCAN } from '../images/image-permissions';
import { destinationStatements } from '../lifecycle/guard-permissions';
import { LIFECYCLE_WRITES, lifecycleReads } from '../lifecycle/lifecycle-permissions';
import { POLICY_READS, POLICY_WRITES } from '../policy/policy-permissions';
import { markStatement } from '../repository/unowned-repository';
import { retireGrant } from '../teardown/kms-grants';
import { registryStatements, replicaStatements, teardownActions, UNTAGGED_KEYS } from '../teardown/teardown-permissions';

/** Permissions that one capability grants to the functions of a stack in another account. */
export interface CapabilityRights {
  /** Handlers whose functions assume the role. */
  readonly handlers: readonly string[];
  /** Actions on the repositories, regardless of their tags. */
  readonly actions: readonly string[];
  /** All other permissions. */
  readonly statements: readonly iam.PolicyStatement[];
}

/** A new kind of capability does not compile without an entry here. */
export function capabilityRights(
  scope: Construct, capability: Capability, repositories: readonly aws_ecr.IRepositoryRef[],
): CapabilityRights {
  switch (capability.kind) {
    case 'pull': return { handlers: [IMAGE_COPY_HANDLER], actions: COPY_FROM, statements: [] };
    case 'push': return { handlers: [IMAGE_COPY_HANDLER, IMAGE_TAGS_HANDLER], actions: COPY_TO, statements: [onAnyResource(PUSH_TOKEN)] };
    case 'deleteImages': return { handlers: [IMAGE_COPY_HANDLER, IMAGE_TAGS_HANDLER], actions: REMOVE_TAGS, statements: [] };
    case 'scan': return { handlers: [SCAN_GATE_HANDLER], actions: SCAN, statements: [onAnyResource(INSPECTOR_READS)] };
    case 'statements': return {
      handlers: [REPOSITORY_POLICY_HANDLER, REPOSITORY_POLICY_CHECK_HANDLER],
      actions: POLICY_READS,
      statements: [new iam.PolicyStatement({ actions: POLICY_WRITES, resources: arnsOf(repositories) })],
    };
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    case 'readRegistryPolicy': return {
      handlers: [REGISTRY_REPLICATION_HANDLER], actions: [], statements: [onAnyResource(['ecr:GetRegistryPolicy'])],
    };
    case 'lifecycle': return {
      handlers: [LIFECYCLE_POLICY_HANDLER],
      actions: lifecycleReads(capability.guard),
      statements: [
        ...markedStatements(repositories, LIFECYCLE_POLICY_HANDLER, LIFECYCLE_WRITES, [markKey(LIFECYCLE_POLICY_HANDLER)]),
        ...capability.guard ? destinationStatements(scope, capability.guard, namesOf(repositories)) : [],
      ],
    };
    case 'teardown': {
      const { plan, encryptionKeys } = capability;
      const { reads, writes } = teardownActions(plan, false);
      return {
        handlers: [TEARDOWN_HANDLER],
        actions: reads,
        statements: [
          ...markedStatements(repositories, TEARDOWN_HANDLER, writes, UNTAGGED_KEYS, {
            StringEquals: { [`aws:ResourceTag/${plan.guards.requireTag!.key}`]: plan.guards.requireTag!.value },
          }),
          ...registryStatements(scope, plan, namesOf(repositories)),
          ...repositories.flatMap(repository => replicaStatements(scope, repository.repositoryRef.repositoryName, plan)),
          ...encryptionKeys.map(key => retireGrant(scope, key.keyArn, key.env.region)),
        ],
      };
    }
  }
}

/** Allows setting the mark of a handler, and the write actions on repositories that carry the mark and satisfy the conditions. */
function markedStatements(
  repositories: readonly aws_ecr.IRepositoryRef[], handler: string, writes: readonly string[], untags: readonly string[],
  conditions: iam.Conditions = {},
): iam.PolicyStatement[] {
  const resources = arnsOf(repositories);
  const isMarked = { Null: { [`aws:ResourceTag/${markKey(handler)}`]: 'false' } };
  return [
    ...repositories.map(repository => markStatement(repository, handler)),
    new iam.PolicyStatement({ actions: [...writes], resources, conditions: { ...isMarked, ...conditions } }),
    new iam.PolicyStatement({
      actions: ['ecr:UntagResource'],
      resources,
      conditions: { ...isMarked, 'ForAllValues:StringEquals': { 'aws:TagKeys': [...untags] } },
    }),
  ];
}

function onAnyResource(actions: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources: ['*'] });
}

function namesOf(repositories: readonly aws_ecr.IRepositoryRef[]): string[] {
  return repositories.map(repository => repository.repositoryRef.repositoryName);
}

function arnsOf(repositories: readonly aws_ecr.IRepositoryRef[]): string[] {
  return repositories.map(repository => repository.repositoryRef.repositoryArn);
}
