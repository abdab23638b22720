import { optionalText, text, WireError } from './scalars';
import { parseRepositoryArn } from '../repository-arn';

/** Where a repository is, as far as a function was prepared to reach there. */
export interface RepositoryLocation {
  /** Its Region, where it is another than the function's own. */
  readonly region?: string;
  /** To work in its account, where that is another. */
  readonly role?: { readonly roleArn: string; readonly externalId?: string };
}

/** Left out where it is the function's own. */
export function encodeLocation({ region, role }: RepositoryLocation): Record<string, unknown> {
  return { Region: region, RoleArn: role?.roleArn, ExternalId: role?.externalId };
}

/** @throws WireError naming the property that does not decode */
export function decodeLocation(raw: Readonly<Record<string, unknown>>): RepositoryLocation {
  const roleArn = optionalText(raw, 'RoleArn');
  return { region: optionalText(raw, 'Region'), role: roleArn === undefined ? undefined : { roleArn, externalId: optionalText(raw, 'ExternalId') } };
}

/** @throws WireError when it is not the ARN of a private repository */
export function decodeRepositoryArn(raw: Readonly<Record<string, unknown>>): string {
  const repositoryArn = text(raw, 'RepositoryArn');
  if (!parseRepositoryArn(repositoryArn)) throw new WireError('RepositoryArn', 'the ARN of a private repository', repositoryArn);
  return repositoryArn;
}
