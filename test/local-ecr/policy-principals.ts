import { createHash } from 'node:crypto';
import type { Readings } from './readings';
import { invalidPolicy } from './repository-policy';

/**
 * Whether IAM shows a principal to ECR: now, never, from the (n + 1)th SetRepositoryPolicy that names it, or from a moment of the clock
 * of the service on. The last two are the propagation of a role that was just created.
 */
export type PrincipalExistence = boolean | { readonly afterAttempts: number } | { readonly from: Date };

/**
 * Newer reports read the first (hashicorp/terraform-provider-aws#39064), older ones the second. The third stands for every refusal that has
 * nothing to do with principals.
 */
export type PrincipalMessage = 'Principal not found' | 'Invalid repository policy provided' | 'Another reason';

interface Absence {
  readonly existence: Exclude<PrincipalExistence, true>;
  /** @default - what Amazon ECR says, which is an assumption */
  readonly message?: PrincipalMessage;
  attempts: number;
}

/**
 * The principals in repository policies for which a test defines the state. Every other principal exists.
 *
 * A policy stores the unique id of a role or user, and is returned with the ARN only while that principal exists. A principal that is
 * deleted and created again with the same ARN has a different id, so the policy still contains the id of the deleted one.
 */
export class PolicyPrincipals {
  private readonly absences = new Map<string, Absence>();
  private readonly deaths = new Map<string, number>();
  private readonly arnOfId = new Map<string, string>();

  constructor(private readonly readings: Readings) {}

  exists(principal: string, existence: PrincipalExistence, message?: PrincipalMessage): void {
    const name = /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;
    if (existence === true) this.absences.delete(name);
    else this.absences.set(name, { existence, message, attempts: 0 });
  }

  /** Deletes the principal and returns the unique id that policies then contain. */
  delete(arn: string): string {
    const id = this.bind(arn);
    if (id === arn) throw new Error(`${arn} is no role or user that could be deleted`);
    this.deaths.set(arn, (this.deaths.get(arn) ?? 0) + 1);
    this.exists(arn, false);
    return id;
  }

  /** Counts an attempt for each missing principal, because they propagate in parallel. */
  require(principals: readonly string[], now: number): void {
    const missing = principals.map(principal => this.refusal(principal, now)).filter(message => message !== undefined);
    if (missing.length > 0) throw invalidPolicy(missing[0]);
  }

  /** Returns what a policy stores for a principal. */
  bind(principal: string): string {
    const kind = /^arn:aws:iam::\d{12}:(role|user)\//.exec(principal)?.[1];
    if (kind === undefined) return principal;
    const digest = createHash('sha256').update(`${principal} ${this.deaths.get(principal) ?? 0}`).digest('hex').toUpperCase();
    const id = `${kind === 'role' ? 'AROA' : 'AIDA'}${digest.slice(0, 17)}`;
    this.arnOfId.set(id, principal);
    return id;
  }

  /** Returns a stored principal as a policy contains it. */
  show(kept: string): string {
    const arn = this.arnOfId.get(kept);
    if (arn === undefined) return kept;
    return this.bind(arn) === kept || this.readings.isOther('dead-principal-shown') ? arn : kept;
  }

  private get usualMessage(): PrincipalMessage {
    return this.readings.isOther('principal-missing-message') ? 'Invalid repository policy provided' : 'Principal not found';
  }

  private refusal(principal: string, now: number): PrincipalMessage | undefined {
    const isDead = /^A(RO|ID)A[A-Z0-9]+$/.test(this.show(principal));
    if (isDead) return this.readings.isOther('dead-principal-id') ? undefined : this.usualMessage;
    const absence = this.absences.get(this.show(principal));
    if (!absence) return undefined;
    absence.attempts += 1;
    return isOver(absence, now) ? undefined : absence.message ?? this.usualMessage;
  }
}

function isOver({ existence, attempts }: Absence, now: number): boolean {
  if (existence === false) return false;
  return 'from' in existence ? now >= existence.from.getTime() : attempts > existence.afterAttempts;
}
