import { DeleteRepositoryPolicyCommand, GetRepositoryPolicyCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { asList, Json, MAX_POLICY_LENGTH, PolicyDocument, parsePolicy, renderPolicy, sidOf, Statement } from '../../src/core/policy/document';
import { RepositoryPolicyProperties } from '../../src/core/wire/repository-policy';
import { Explained, isAccessDenied, isNamed } from '../shared/errors';
import type { Job } from '../shared/job';
import { PATIENCE, untilAllowed } from '../shared/permission';
import { repositoryName } from '../shared/repository';

export type PolicyJob = Job<RepositoryPolicyProperties>;

/** A principal that was just created is unknown to ECR for up to about two minutes. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html */
const PRINCIPAL_PATIENCE = 120_000;
const PAUSE = 3_000;
const WRITES = 4;

/** The policy as it stands; 'no policy' and 'no repository' are different things. */
export async function readPolicy(job: PolicyJob): Promise<PolicyDocument | 'no policy' | 'no repository'> {
  const name = repositoryName(job.properties.repositoryArn);
  job.progress(`reading the policy of repository '${name}'`);
  try {
    const answer = await untilAllowed(job, () => job.ecr.send(new GetRepositoryPolicyCommand({ repositoryName: name }), { abortSignal: job.signal }));
    return answer?.policyText ? parsePolicy(answer.policyText) : 'no policy';
  } catch (error) {
    if (isNamed(error, 'RepositoryPolicyNotFoundException')) return 'no policy';
    if (isNamed(error, 'RepositoryNotFoundException')) return 'no repository';
    throw error;
  }
}

/**
 * Reads, changes and writes until what is there is what was wanted, which is the read-back too. What IAM or ECR refuse for a while is waited
 * out between two readings, never with a document in hand: others write meanwhile, and ECR has no conditional write.
 *
 * @param change what the policy should be; undefined where nothing is left to do
 */
export async function converge(
  job: PolicyJob, change: (live: PolicyDocument | 'no policy' | 'no repository') => PolicyDocument | undefined, isOwn: (statement: Statement) => boolean,
): Promise<void> {
  const name = repositoryName(job.properties.repositoryArn);
  const patience = new Patience(job.clock.now());
  for (let written = 0; ;) {
    const wanted = change(await readPolicy(job));
    if (wanted === undefined) return;
    if (written === WRITES) throw new Explained(`Repository '${name}': somebody else kept writing its policy during ${WRITES} attempts — try again when they are done`);
    try {
      job.progress(`writing the policy of repository '${name}'`);
      await write(job, name, wanted, isOwn);
      written++;
    } catch (error) {
      patience.orThrow(job.clock.now(), error, wanted, name, isOwn);
      await job.clock.sleep(PAUSE);
    }
  }
}

async function write(job: PolicyJob, name: string, policy: PolicyDocument, isOwn: (statement: Statement) => boolean): Promise<void> {
  job.begin();
  if (policy.Statement.length === 0) {
    await job.ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName: name }), { abortSignal: job.signal });
    return;
  }
  const policyText = renderPolicy(policy);
  if (policyText.length > MAX_POLICY_LENGTH) {
    throw tooLong(name, policyText.length, renderPolicy({ ...policy, Statement: policy.Statement.filter(isOwn) }).length);
  }
  await job.ecr.send(new SetRepositoryPolicyCommand({ repositoryName: name, policyText }), { abortSignal: job.signal });
}

/** How long which refusal is waited out. */
class Patience {
  constructor(private readonly start: number) {}

  orThrow(now: number, error: unknown, policy: PolicyDocument, name: string, isOwn: (statement: Statement) => boolean): void {
    if (isNamed(error, 'RepositoryPolicyNotFoundException', 'RepositoryNotFoundException')) return; // the next reading says which
    const waited = now - this.start;
    if (isAccessDenied(error)) {
      if (waited >= PATIENCE) throw error;
      return;
    }
    if (!isNamed(error, 'InvalidParameterException')) throw error;
    const dead = policy.Statement.filter(statement => !isOwn(statement)).flatMap(deadPrincipals);
    if (dead.length > 0) throw deadPrincipalRefused(name, dead, error as Error);
    if (waited >= PRINCIPAL_PATIENCE) throw refused(name, policy, isOwn, error as Error);
  }
}

/**
 * A principal that was deleted is read back as its unique id.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
function deadPrincipals(statement: Statement): string[] {
  const { Principal: principal } = statement;
  if (typeof principal !== 'object' || principal === null) return [];
  return Object.values(principal).flatMap(names => asList(names as Json)).map(String)
    .filter(name => /^A(ROA|IDA)[A-Z0-9]+$/.test(name))
    .map(name => `${name} in ${sidOf(statement) === undefined ? 'a statement without Sid' : `statement ${sidOf(statement)}`}`);
}

function deadPrincipalRefused(name: string, dead: string[], cause: Error): Explained {
  return new Explained(
    `Repository '${name}': ECR refuses the policy because it names a principal that no longer exists: ${dead.join(', ')}`
    + ` — that statement is not ours; remove it, or let its owner do so, then try again\n${cause.message}`, { cause });
}

function refused(name: string, policy: PolicyDocument, isOwn: (statement: Statement) => boolean, cause: Error): Explained {
  const named = (statements: Statement[]) => statements
    .map(statement => `${JSON.stringify(statement.Principal ?? statement.NotPrincipal)} in ${sidOf(statement) ?? 'a statement without Sid'}`).join(', ') || 'none';
  const [own, others] = [policy.Statement.filter(isOwn), policy.Statement.filter(statement => !isOwn(statement))];
  return new Explained(
    `Repository '${name}': ECR refused the policy for 120 seconds — see that these principals exist and their accounts have the Region enabled: ours:`
    + ` ${named(own)}; not ours: ${named(others)}\n${cause.message}`, { cause });
}

function tooLong(name: string, length: number, own: number): Explained {
  return new Explained(
    `Repository '${name}': the policy would have ${length} characters, ECR allows ${MAX_POLICY_LENGTH}, of which ${own} are this resource's and the rest`
    + ' was there before — put several principals into one statement, or use an organization condition');
}
