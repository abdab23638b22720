/**
 * Repository policies as JSON. ECR returns a policy reordered and pretty-printed, so nothing here relies on order or spelling.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
 */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Statement as it was read. Elements that this library does not know must be preserved. */
export type Statement = { [key: string]: Json };

export interface PolicyDocument {
  /** Other elements of the policy, such as an `Id`, are preserved. */
  readonly [key: string]: Json | Statement[];
  readonly Version: string;
  readonly Statement: Statement[];
}

/** SetRepositoryPolicy rejects a longer text. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html */
export const MAX_POLICY_LENGTH = 10_240;

/**
 * Whether ECR may accept a rejected policy later, because a principal was just created and ECR does not know it yet. ECR also returns the
 * second text for a policy that it never accepts. https://github.com/hashicorp/terraform-provider-aws/issues/39064
 */
export function mayBeAcceptedLater(refusal: string): boolean {
  return /Principal not found|Invalid (repository|registry) policy provided/.test(refusal);
}

/** Returns other possible causes of such a rejection than a principal, as the end of a clause. */
export function causeBesidePrincipals(refusal: string): string {
  return refusal.includes('Principal not found') ? '' : '; or correct the statements, because ECR also rejects unsupported statements this'
    + ' way';
}

/** Policy version that supports policy variables. */
export const VERSION = '2012-10-17';

export function emptyPolicy(): PolicyDocument {
  return { Version: VERSION, Statement: [] };
}

/** Parses a policy text. A single statement can be without a list. Throws the errors of JSON.parse. */
export function parsePolicy(text: string): PolicyDocument {
  const document = JSON.parse(text) as { Version?: string; Statement?: Statement | Statement[] };
  return { ...document, Version: document.Version ?? '2008-10-17', Statement: asList(document.Statement) };
}

/**
 * In a policy of version 2008-10-17, `${…}` is plain text.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
 */
export function hasPolicyVariables(statement: Statement): boolean {
  return JSON.stringify(statement).includes('${');
}

export function renderPolicy(document: PolicyDocument): string {
  return JSON.stringify(document);
}

export function sidOf(statement: Statement): string | undefined {
  return typeof statement.Sid === 'string' && statement.Sid !== '' ? statement.Sid : undefined;
}

export function asList<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
