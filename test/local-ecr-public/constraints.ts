/** Limits in the service model of ECR Public that differ from private registries. */
import { optionalText, requiredText } from '../local-ecr/constraints';

/** No `__` and no runs of `-`, unlike private names; the length is 205, not the 256 that CloudFormation documents. */
const REPOSITORY_NAME = '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*';
const ALIAS = '[a-z][a-z0-9]+(?:[._-][a-z0-9]+)*';

export function publicName(value: unknown, at = 'repositoryName'): string {
  return requiredText(at, value, { min: 2, max: 205, pattern: REPOSITORY_NAME });
}

export function aliasName(value: unknown): string {
  return requiredText('alias', value, { min: 2, max: 50, pattern: ALIAS });
}

/** Only BatchDeleteImage also accepts an alias (RegistryIdOrAlias in the model). */
export function registryIdOrAlias(value: unknown): string | undefined {
  return optionalText('registryId', value, { min: 2, max: 50 });
}
