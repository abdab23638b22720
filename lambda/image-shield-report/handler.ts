import { awsReportClients, ReportClients } from './clients';
import { begin, end, FailedStep, recordFailure, RunStart, RunSummary } from './report';
import type { EnvironmentPlan } from '../../src/core/shield/environments';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { awsSurroundings } from '../shared/aws/clients';
import type { Surroundings } from '../shared/protocol/job';
import { ShieldObjects } from '../shared/shield/objects';
import { environmentOf, StepContext, stepTask } from '../shared/shield/step';

/** Input of the steps that begin and end a run, and that record what failed. */
export type ReportInput = { readonly settings: ShieldSettings; readonly run: string } & (
  | { readonly action: 'begin'; readonly environments: EnvironmentPlan }
  | { readonly action: 'failed' } & FailedStep
  | { readonly action: 'end' }
);

export const imageShieldReportHandler = (surroundings: Surroundings, clients: ReportClients) =>
  async (input: ReportInput, context: StepContext): Promise<RunStart | RunSummary | undefined> => {
    const { task } = stepTask(surroundings, context);
    const { settings, run } = input;
    const objects = new ShieldObjects(task, clients.s3(), settings.bucket);
    if (input.action === 'begin') return begin(task, objects, clients, settings, run, input.environments);
    if (input.action === 'end') return end(task, objects, () => clients.events(), settings, run, environmentOf(context));
    await recordFailure(objects, run, input);
    return undefined;
  };

export const handler = imageShieldReportHandler(
  // without a prefix, because CloudWatch reads a metric only from a line that contains nothing except its JSON
  { ...awsSurroundings(), log: line => { process.stdout.write(`${line}\n`); } },
  awsReportClients(),
);
