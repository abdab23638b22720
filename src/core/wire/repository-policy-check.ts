import { decodeLocation, decodeRepositoryArn, encodeLocation, RepositoryLocation } from './location';
import { text, texts } from './scalars';
import { decodeStatements } from './statements';
import { Statement } from '../policy/document';

/** Contract between `src/private` and `lambda/repository-policy-check`: the statements that must be in the policy, and their owner. */
export const REPOSITORY_POLICY_CHECK_HANDLER = 'repository-policy-check';

/** Event with the missing statements. */
export const CHECK_EVENT = { source: 'cdk-ecr-keeper', detailType: 'ECR Repository Policy Statements Missing' } as const;

/** Metric with the number of missing statements, by repository and stack. */
export const CHECK_METRIC = { namespace: 'cdk-ecr-keeper', name: 'MissingStatements' } as const;

/** Maximum length of the input of a target of a rule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
export const MAX_INPUT_LENGTH = 8_192;

export interface RepositoryPolicyCheck extends RepositoryLocation {
  readonly repositoryArn: string;
  readonly stackId: string;
  /** Logical id of the custom resource that wrote the statements. */
  readonly logicalId: string;
  readonly statements: Statement[];
  readonly replaceExistingSids: readonly string[];
}

/** Properties for the template. Values can be CDK tokens. */
export interface EncodableRepositoryPolicyCheck extends RepositoryLocation {
  readonly repositoryArn: string;
  readonly stackId: string;
  readonly logicalId: string;
  readonly statements: string;
  readonly replaceExistingSids: unknown;
}

export function encodeRepositoryPolicyCheck(check: EncodableRepositoryPolicyCheck): Record<string, unknown> {
  return {
    RepositoryArn: check.repositoryArn,
    StackId: check.stackId,
    LogicalId: check.logicalId,
    Statements: check.statements,
    ReplaceExistingSids: check.replaceExistingSids,
    ...encodeLocation(check),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeRepositoryPolicyCheck(raw: Readonly<Record<string, unknown>>): RepositoryPolicyCheck {
  return {
    repositoryArn: decodeRepositoryArn(raw),
    stackId: text(raw, 'StackId'),
    logicalId: text(raw, 'LogicalId'),
    statements: decodeStatements(text(raw, 'Statements')),
    replaceExistingSids: texts(raw, 'ReplaceExistingSids') ?? [],
    ...decodeLocation(raw),
  };
}
