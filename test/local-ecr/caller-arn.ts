/** The role that a session is one of, or undefined for other callers. The ARN of a session does not say the path of its role. */
export function roleOfSession(arn: string): string | undefined {
  const [, account, role] = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return role === undefined ? undefined : `arn:aws:iam::${account}:role/${role}`;
}

/** The same of a caller that may know the path. */
export function roleOf({ arn, roleArn }: { readonly arn: string; readonly roleArn?: string }): string | undefined {
  return roleArn ?? roleOfSession(arn);
}

/** The ARN of a role as far as its sessions say it. */
export function withoutPath(roleArn: string): string {
  return roleArn.replace(/:role\/.*\//, ':role/');
}
