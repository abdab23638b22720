import { decodeLocation, decodeRepositoryArn, encodeLocation, RepositoryLocation } from './location';
import { isSet, optionalText, text, texts } from './scalars';
import { decodeStatements } from './statements';
import { Statement } from '../policy/document';

/** Contract between `src/private` and `lambda/repository-policy`: the statements of one stack for a repository that it does not own. */
export const REPOSITORY_POLICY_RESOURCE_TYPE = 'Custom::EcrRepositoryPolicy';
export const REPOSITORY_POLICY_HANDLER = 'repository-policy';

export interface RepositoryPolicyProperties extends RepositoryLocation {
  readonly repositoryArn: string;
  readonly statements: Statement[];
  /** Sids for which existing statements of other owners are replaced. */
  readonly replaceExistingSids: readonly string[];
  /** Whether to set a policy that prevents the deploying principal from changing it again. */
  readonly force: boolean;
  /** Whether to remove principals that no longer exist from existing statements. */
  readonly dropDeadPrincipals: boolean;
  /** Value whose change applies everything again. */
  readonly trigger?: string;
}

/**
 * Properties for the template. Values can be CDK tokens. The statements are one JSON text, so that CloudFormation does not change their
 * scalars.
 */
export interface EncodableRepositoryPolicy extends RepositoryLocation {
  readonly repositoryArn: string;
  readonly statements: string;
  readonly replaceExistingSids: unknown;
  readonly force: unknown;
  readonly dropDeadPrincipals: unknown;
  readonly trigger: unknown;
}

export function encodeRepositoryPolicy(properties: EncodableRepositoryPolicy): Record<string, unknown> {
  return {
    RepositoryArn: properties.repositoryArn,
    Statements: properties.statements,
    ReplaceExistingSids: properties.replaceExistingSids,
    Force: properties.force,
    DropDeadPrincipals: properties.dropDeadPrincipals,
    Trigger: properties.trigger,
    ...encodeLocation(properties),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeRepositoryPolicy(raw: Readonly<Record<string, unknown>>): RepositoryPolicyProperties {
  return {
    repositoryArn: decodeRepositoryArn(raw),
    statements: decodeStatements(text(raw, 'Statements')),
    replaceExistingSids: texts(raw, 'ReplaceExistingSids') ?? [],
    force: isSet(raw, 'Force'),
    dropDeadPrincipals: isSet(raw, 'DropDeadPrincipals'),
    trigger: optionalText(raw, 'Trigger'),
    ...decodeLocation(raw),
  };
}
