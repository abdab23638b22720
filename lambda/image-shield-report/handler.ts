import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { begin, end, FailedStep, recordFailure, RunStart, RunSummary } from './report';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { awsSurroundings, CLIENT } from '../shared/aws/clients';
import type { Surroundings } from '../shared/protocol/job';
import { ShieldObjects } from '../shared/shield/objects';
import { StepContext, stepTask } from '../shared/shield/step';

/** Input of the steps that begin and end a run, and that record what failed. */
export type ReportInput = { readonly settings: ShieldSettings; readonly run: string } & (
  | { readonly action: 'begin'; readonly environments: readonly string[] }
  | { readonly action: 'failed' } & FailedStep
  | { readonly action: 'end' }
);

export interface ReportClients {
  s3(): S3Client;
  events(): EventBridgeClient;
}

export const imageShieldReportHandler = (surroundings: Surroundings, clients: ReportClients) =>
  async (input: ReportInput, context: StepContext): Promise<RunStart | RunSummary | undefined> => {
    const { task } = stepTask(surroundings, context);
    const { settings, run } = input;
    const objects = new ShieldObjects(task, clients.s3(), settings.bucket);
    if (input.action === 'begin') return begin(task, objects, settings, run, input.environments);
    if (input.action === 'end') return end(task, objects, () => clients.events(), settings, run);
    await recordFailure(objects, run, input);
    return undefined;
  };

export const handler = imageShieldReportHandler(
  // without a prefix, because CloudWatch reads a metric only from a line that contains nothing except its JSON
  { ...awsSurroundings(), log: line => { process.stdout.write(`${line}\n`); } },
  { s3: () => new S3Client(CLIENT), events: () => new EventBridgeClient(CLIENT) },
);
