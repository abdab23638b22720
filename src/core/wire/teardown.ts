import { decodeGuards, encodeGuards } from './guards';
import { decodeLocation, decodeRepositoryArn, encodeLocation, RepositoryLocation } from './location';
import { flag, isSet, oneOf, optionalText, optionalWholeNumber, texts, WireError } from './scalars';
import type { Exceptions } from '../images/kept-images';
import type { AuditPlan, TeardownGuards } from '../teardown/guards';

/** Contract between `src/private` and `lambda/teardown`: the teardown of a private repository. */
export const TEARDOWN_RESOURCE_TYPE = 'Custom::EcrTeardown';
export const TEARDOWN_HANDLER = 'teardown';

/** Tag that lifts a refusal. A person sets it on the live repository, with the override code of the refusal as its value. */
export const TEARDOWN_CODE_TAG = 'cdk-ecr-keeper:teardown';

export const ON_STACK_DELETE = ['delete-with-images', 'empty', 'retain'] as const;
export type OnStackDelete = typeof ON_STACK_DELETE[number];

export interface TeardownProperties extends RepositoryLocation {
  readonly repositoryArn: string;
  /** Whether the stack of the custom resource also declares the repository. */
  readonly owned: boolean;
  /**
   * Logical id of the repository, if the stack declares it. It is used to check with CloudFormation that the repository still belongs to
   * the stack.
   */
  readonly repositoryLogicalId?: string;
  readonly onStackDelete: OnStackDelete;
  readonly guards: TeardownGuards;
  readonly exceptions: Exceptions;
  /** Value whose change empties the repository. */
  readonly emptyTrigger?: string;
  /** Regions of the same account whose replicas are deleted too. */
  readonly replicaRegions: readonly string[];
  readonly audit: AuditPlan;
}

/** Encodes the properties for the template. Values can be CDK tokens and are not changed. */
export function encodeTeardown(properties: TeardownProperties): Record<string, unknown> {
  const { exceptions, replicaRegions, audit } = properties;
  return {
    RepositoryArn: properties.repositoryArn,
    Owned: properties.owned,
    RepositoryLogicalId: properties.repositoryLogicalId,
    OnStackDelete: properties.onStackDelete,
    ...encodeGuards(properties.guards),
    ExceptTags: exceptions.tags.length > 0 ? exceptions.tags : undefined,
    ExceptNewest: exceptions.newest > 0 ? exceptions.newest : undefined,
    EmptyTrigger: properties.emptyTrigger,
    ReplicaRegions: replicaRegions.length > 0 ? replicaRegions : undefined,
    ...encodeLocation(properties),
    ...encodeAudit(audit),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeTeardown(raw: Readonly<Record<string, unknown>>): TeardownProperties {
  const repositoryArn = decodeRepositoryArn(raw);
  const owned = flag(raw, 'Owned');
  const guards = decodeGuards(raw);
  // the owner decides with the tag, so a missing property must not remove this guard
  if (!owned && guards.requireTag === undefined) throw new WireError('RequireTagKey', 'a string', undefined);
  return {
    repositoryArn,
    owned,
    repositoryLogicalId: optionalText(raw, 'RepositoryLogicalId'),
    onStackDelete: oneOf(raw, 'OnStackDelete', ON_STACK_DELETE),
    guards,
    exceptions: { tags: texts(raw, 'ExceptTags') ?? [], newest: optionalWholeNumber(raw, 'ExceptNewest') ?? 0 },
    emptyTrigger: optionalText(raw, 'EmptyTrigger'),
    replicaRegions: texts(raw, 'ReplicaRegions') ?? [],
    ...decodeLocation(raw),
    audit: decodeAudit(raw),
  };
}

/** Encodes the audit. Omitted without an audit. */
export function encodeAudit({ isOn, bucket }: AuditPlan): Record<string, unknown> {
  return isOn ? { Audit: true, AuditBucket: bucket } : {};
}

/** @throws WireError naming the property that does not decode */
export function decodeAudit(raw: Readonly<Record<string, unknown>>): AuditPlan {
  return { isOn: isSet(raw, 'Audit'), bucket: optionalText(raw, 'AuditBucket') };
}
