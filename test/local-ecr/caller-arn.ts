/** Returns the role of a session, or undefined for other callers. The ARN of a session does not contain the path of its role. */
export function roleOfSession(arn: string): string | undefined {
  const [, account, role] = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return role === undefined ? undefined : `arn:aws:iam::${account}:role/${role}`;
}

/** Returns the role of a caller, with its path if it is known. */
export function roleOf({ arn, roleArn }: { readonly arn: string; readonly roleArn?: string }): string | undefined {
  return roleArn ?? roleOfSession(arn);
}

/** Returns the ARN of a role without its path, as its sessions contain it. */
export function withoutPath(roleArn: string): string {
  return roleArn.replace(/:role\/.*\//, ':role/');
}
