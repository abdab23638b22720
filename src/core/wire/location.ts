import { optionalText, text, WireError } from './scalars';
import { parseRepositoryArn } from '../repository-arn';

/** A role of another account, and the external ID that its trust policy requires. */
export interface RoleToAssume {
  readonly roleArn: string;
  readonly externalId?: string;
}

/** Region and account of a repository, if they differ from those of the function. */
export interface RepositoryLocation {
  /** Region of the repository, if the function runs in a different Region. */
  readonly region?: string;
  /** Role of the repository's account, if the function runs in a different account. */
  readonly role?: RoleToAssume;
}

/** Encodes only the properties that differ from those of the function. */
export function encodeLocation({ region, role }: RepositoryLocation): Record<string, unknown> {
  return { Region: region, RoleArn: role?.roleArn, ExternalId: role?.externalId };
}

/** @throws WireError naming the property that does not decode */
export function decodeLocation(raw: Readonly<Record<string, unknown>>): RepositoryLocation {
  const roleArn = optionalText(raw, 'RoleArn');
  return {
    region: optionalText(raw, 'Region'), role: roleArn === undefined ? undefined : { roleArn, externalId: optionalText(raw, 'ExternalId') },
  };
}

/** @throws WireError if the property is not the ARN of a private repository */
export function decodeRepositoryArn(raw: Readonly<Record<string, unknown>>): string {
  const repositoryArn = text(raw, 'RepositoryArn');
  if (!parseRepositoryArn(repositoryArn)) throw new WireError('RepositoryArn', 'the ARN of a private repository', repositoryArn);
  return repositoryArn;
}
