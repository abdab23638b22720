/**
 * Role in another account, and the external ID that its trust policy requires.
 *
 * @stability stable
 */
export interface AccountAccess {
  /**
   * ARN of the role that the functions of the stack assume.
   *
   * `RepositoryAccessRole` declares such a role for work on repositories. Its `access` can be used in a stack of another environment, in
   * the same app.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
   */
  readonly roleArn: string;

  /**
   * External ID that the functions send when they assume the role, 2 to 1,224 characters.
   *
   * @default - no external ID is sent
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
   */
  readonly externalId?: string;
}
