import { check } from './check';
import { awsCheckClients, CheckClients } from './clients';
import { decodeRepositoryPolicyCheck } from '../../src/core/wire/repository-policy-check';
import { awsSurroundings } from '../shared/aws/clients';
import { connectTo } from '../shared/aws/ecr-clients';
import { PATIENCE } from '../shared/aws/send-command';
import type { Surroundings } from '../shared/protocol/job';

/** Nobody waits for a result: this only keeps a call from hanging until the function is ended. */
const TIMEOUT = 840_000;

/** Called by a rule, whose input has the statements to expect. */
export const repositoryPolicyCheckHandler = (surroundings: Surroundings, clients: CheckClients) =>
  async (input: Readonly<Record<string, unknown>>): Promise<void> => {
    const expected = decodeRepositoryPolicyCheck(input);
    const deadline = surroundings.clock.now() + TIMEOUT;
    const task = { ...surroundings, signal: AbortSignal.timeout(TIMEOUT), patience: PATIENCE, deadline, progress: () => undefined };
    await check(await connectTo(task, clients, expected, expected.stackId), clients, expected);
  };

// without a prefix: CloudWatch takes a metric only from a line that is nothing but its JSON
export const handler = repositoryPolicyCheckHandler(
  { ...awsSurroundings(), log: line => { process.stdout.write(`${line}\n`); } }, awsCheckClients(),
);
