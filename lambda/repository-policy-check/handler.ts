import { check } from './check';
import { awsCheckClients, CheckClients } from './clients';
import { decodeRepositoryPolicyCheck } from '../../src/core/wire/repository-policy-check';
import { awsSurroundings } from '../shared/aws/clients';
import { connectTo } from '../shared/aws/ecr-clients';
import { PATIENCE } from '../shared/aws/send-command';
import type { Surroundings } from '../shared/protocol/job';

/** No caller waits for a result. The timeout only ends a call that hangs before Lambda ends the function. */
const TIMEOUT = 840_000;

/** An EventBridge rule calls this function. The input of the rule contains the expected statements. */
export const repositoryPolicyCheckHandler = (surroundings: Surroundings, clients: CheckClients) =>
  async (input: Readonly<Record<string, unknown>>): Promise<void> => {
    const expected = decodeRepositoryPolicyCheck(input);
    const deadline = surroundings.clock.now() + TIMEOUT;
    const task = { ...surroundings, signal: AbortSignal.timeout(TIMEOUT), patience: PATIENCE, deadline, progress: () => undefined };
    await check(await connectTo(task, clients, expected, expected.stackId), clients, expected);
  };

// without a prefix, because CloudWatch reads a metric only from a line that contains nothing except its JSON
export const handler = repositoryPolicyCheckHandler(
  { ...awsSurroundings(), log: line => { process.stdout.write(`${line}\n`); } }, awsCheckClients(),
);
