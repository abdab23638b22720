import { Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TagSettings, tagSettingProblems } from './tag-mutability';
import { tagProblems, Tags } from '../../core/repository-tags';
import { PolicyStatements } from '../policy/policy-statements';
import { unlessToken } from '../problems';
import { ANYTHING, KEY, LIFECYCLE, listOf, oneOf, PropertyTypes, STATEMENT, TAGS, TEXT } from '../property-types';
import { isKnownToDiffer } from '../repository/unowned-repository';

/** `RepositoryTemplateOptions`, without the public interface. */
export interface TemplateSettings extends TagSettings {
  readonly lifecycle?: object;
  readonly statements?: iam.PolicyStatement[];
  readonly tags?: Tags;
  readonly encryptionKey?: kms.IKey;
  readonly description?: string;
}

export const TEMPLATE_SETTING_TYPES: PropertyTypes<TemplateSettings> = {
  lifecycle: LIFECYCLE,
  statements: listOf(STATEMENT),
  tags: TAGS,
  encryptionKey: KEY,
  imageTagMutability: oneOf('TagMutability', ecr.TagMutability),
  imageTagMutabilityExclusionFilters: listOf(ANYTHING),
  description: TEXT,
};

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html */
const MAX_DESCRIPTION = 256;

export function settingProblems(scope: Construct, settings: TemplateSettings): string[] {
  return [
    ...policyOf(scope).problemsOfNew(settings.statements ?? [], false),
    ...tagProblems(settings.tags ?? {}, value => !Token.isUnresolved(value), false),
    ...keyProblems(scope, settings.encryptionKey),
    ...tagSettingProblems(settings),
    ...unlessToken(settings.description, ({ length }) =>
      length <= MAX_DESCRIPTION ? [] : [`'description' must have at most ${MAX_DESCRIPTION} characters, got: ${length}`]),
  ];
}

/** Returns the repository policy of a template, without statements. */
export function policyOf(scope: Construct): PolicyStatements {
  const stack = Stack.of(scope);
  return new PolicyStatements(scope, stack, stack.account);
}

/**
 * Unlike a repository, a template takes only the complete ARN of a key.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfigurationForRepositoryCreationTemplate.html
 */
function keyProblems(scope: Construct, key: kms.IKey | undefined): string[] {
  if (key === undefined) return [];
  if ('aliasName' in key) return ['\'encryptionKey\' must be a key, got an alias. Use kms.Key.fromLookup or kms.Key.fromKeyArn'];
  const { region } = Stack.of(scope);
  return isKnownToDiffer(key.env.region, region)
    ? [`'encryptionKey' must be in the Region of the stack, ${region}, got a key in ${key.env.region}`] : [];
}
