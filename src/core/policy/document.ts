/**
 * Repository policies as JSON. ECR stores what it is given, but returns it re-ordered and pretty-printed, so that nothing here relies on
 * order or spelling. https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
 */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A statement is kept as it was read: what this library does not know of it must survive. */
export type Statement = { [key: string]: Json };

export interface PolicyDocument {
  /** What else somebody wrote at the top, an `Id` for instance, is kept. */
  readonly [key: string]: Json | Statement[];
  readonly Version: string;
  readonly Statement: Statement[];
}

/** SetRepositoryPolicy refuses a longer text. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html */
export const MAX_POLICY_LENGTH = 10_240;

/**
 * Whether ECR may accept a refused policy later: it does not know a principal yet that was just created. It gives the second text also for
 * a policy that it never accepts. https://github.com/hashicorp/terraform-provider-aws/issues/39064
 */
export function mayBeAcceptedLater(refusal: string): boolean {
  return /Principal not found|Invalid repository policy provided/.test(refusal);
}

/** What else than a principal may be the cause of such a refusal, as the end of a clause. */
export function causeBesidePrincipals(refusal: string): string {
  return refusal.includes('Principal not found') ? '' : '; or correct the statements, because ECR also rejects unsupported statements this'
    + ' way';
}

/** The version with policy variables. */
export const VERSION = '2012-10-17';

export function emptyPolicy(): PolicyDocument {
  return { Version: VERSION, Statement: [] };
}

/** A policy text as a document; a single statement may stand without a list. Throws what JSON.parse throws on other texts. */
export function parsePolicy(text: string): PolicyDocument {
  const document = JSON.parse(text) as { Version?: string; Statement?: Statement | Statement[] };
  return { ...document, Version: document.Version ?? '2008-10-17', Statement: asList(document.Statement) };
}

/** In a policy of 2008-10-17, `${…}` is plain text. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html */
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
