import { parseRepositoryArn } from '../repository-arn';
import { flag, oneOf, optionalText, optionalWholeNumber, text, WireError } from './scalars';

/** Between `src/private` and `lambda/teardown`: what the template says of one teardown. */
export const TEARDOWN_RESOURCE_TYPE = 'Custom::EcrTeardown';
export const TEARDOWN_HANDLER = 'teardown';

/** The tag that lifts a refusal, set by a person on the live repository; its value is the code of the refusal. */
export const TEARDOWN_CODE_TAG = 'cdk-ecr-keeper:teardown';

export const ON_STACK_DELETE = ['delete-with-images', 'retain'] as const;

export interface TeardownProperties {
  readonly repositoryArn: string;
  /** Whether the stack of the custom resource declares the repository too. */
  readonly owned: boolean;
  /** Logical id of the repository, where the stack declares it: a refusal names it in the command that retains both. */
  readonly repositoryLogicalId?: string;
  readonly onStackDelete: typeof ON_STACK_DELETE[number];
  readonly maxImages?: number;
  readonly requireTag?: { readonly key: string; readonly value: string };
}

/** For the template; values may be CDK tokens and are passed on untouched. */
export function encodeTeardown(properties: TeardownProperties): Record<string, unknown> {
  return {
    RepositoryArn: properties.repositoryArn,
    Owned: properties.owned,
    RepositoryLogicalId: properties.repositoryLogicalId,
    OnStackDelete: properties.onStackDelete,
    MaxImages: properties.maxImages,
    RequireTagKey: properties.requireTag?.key,
    RequireTagValue: properties.requireTag?.value,
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeTeardown(raw: Readonly<Record<string, unknown>>): TeardownProperties {
  const repositoryArn = text(raw, 'RepositoryArn');
  if (!parseRepositoryArn(repositoryArn)) throw new WireError('RepositoryArn', 'the ARN of a private repository', repositoryArn);
  const key = optionalText(raw, 'RequireTagKey');
  return {
    repositoryArn,
    owned: flag(raw, 'Owned'),
    repositoryLogicalId: optionalText(raw, 'RepositoryLogicalId'),
    onStackDelete: oneOf(raw, 'OnStackDelete', ON_STACK_DELETE),
    maxImages: optionalWholeNumber(raw, 'MaxImages'),
    requireTag: key === undefined ? undefined : { key, value: String(raw.RequireTagValue ?? '') },
  };
}
