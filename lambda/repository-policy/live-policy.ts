import { DeleteRepositoryPolicyCommand, GetRepositoryPolicyCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { asList, Json, MAX_POLICY_LENGTH, PolicyDocument, parsePolicy, renderPolicy, sidOf, Statement } from '../../src/core/policy/document';
import { RepositoryPolicyProperties } from '../../src/core/wire/repository-policy';
import { Explained, isNamed } from '../shared/errors';
import type { Job } from '../shared/job';
import { untilAllowed } from '../shared/permission';
import { repositoryName } from '../shared/repository';

export type PolicyJob = Job<RepositoryPolicyProperties>;

/** A principal that was just created is unknown to ECR for up to about two minutes. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html */
const PRINCIPAL_PATIENCE = 120_000;
const PAUSE = 5_000;

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

/** Writes a whole policy. What ECR says of a principal it does not know is waited out, unless the principal can never come back. */
export async function writePolicy(job: PolicyJob, policy: PolicyDocument, isOwn: (statement: Statement) => boolean): Promise<void> {
  const name = repositoryName(job.properties.repositoryArn);
  const policyText = renderPolicy(policy);
  if (policyText.length > MAX_POLICY_LENGTH) {
    throw tooLong(name, policyText.length, renderPolicy({ ...policy, Statement: policy.Statement.filter(isOwn) }).length);
  }
  job.progress(`writing the policy of repository '${name}'`);
  const end = job.clock.now() + PRINCIPAL_PATIENCE;
  for (;;) {
    try {
      await untilAllowed(job, () => job.ecr.send(new SetRepositoryPolicyCommand({ repositoryName: name, policyText }), { abortSignal: job.signal }));
      return;
    } catch (error) {
      if (!isNamed(error, 'InvalidParameterException')) throw error;
      const dead = policy.Statement.filter(statement => !isOwn(statement)).flatMap(deadPrincipals);
      if (dead.length > 0) throw deadPrincipalRefused(name, dead, error as Error);
      if (job.clock.now() >= end) throw refused(name, policy, isOwn, error as Error);
      await job.clock.sleep(PAUSE);
    }
  }
}

export async function deletePolicy(job: PolicyJob): Promise<void> {
  const name = repositoryName(job.properties.repositoryArn);
  job.progress(`removing the policy of repository '${name}', which was left empty`);
  try {
    await untilAllowed(job, () => job.ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName: name }), { abortSignal: job.signal }));
  } catch (error) {
    if (!isNamed(error, 'RepositoryPolicyNotFoundException', 'RepositoryNotFoundException')) throw error;
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
  const own = policy.Statement.filter(isOwn).map(statement => JSON.stringify(statement.Principal ?? statement.NotPrincipal)).join(', ');
  return new Explained(
    `Repository '${name}': ECR refused the policy for 120 seconds — see that these principals exist and their accounts have the Region enabled: ${own}`
    + `\n${cause.message}`, { cause });
}

function tooLong(name: string, length: number, own: number): Explained {
  return new Explained(
    `Repository '${name}': the policy would have ${length} characters, ECR allows ${MAX_POLICY_LENGTH}, of which ${own} are this resource's and the rest`
    + ' was there before — put several principals into one statement, or use an organization condition');
}
