/** Repositories that an image shield protects. A repository is selected if one of the members selects it. */
export interface Selection {
  readonly all?: boolean;
  readonly prefixes?: readonly string[];
  readonly names?: readonly string[];
}

export function isSelected({ all, prefixes, names }: Selection, repositoryName: string): boolean {
  return all === true || prefixes?.some(prefix => repositoryName.startsWith(prefix)) === true || names?.includes(repositoryName) === true;
}
