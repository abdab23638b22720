import { deepStrictEqual, match, notStrictEqual, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { App, CliCredentialsStackSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Bed, CommandLine } from './bed';
import { contentOf } from './inventory';
import { Step } from './steps';
import { Repository } from '../../../src';
import { Registry } from '../registry';

const STACK = 'WithoutTeardown';
const APP = 'control/app';

function synthesise(outdir: string): string {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK, { synthesizer: new CliCredentialsStackSynthesizer() });
  new Repository(stack, 'App', { repositoryName: APP, removalPolicy: RemovalPolicy.DESTROY });
  return app.synth().directory;
}

/** Shows the problem that a teardown solves: the removal policy alone does not delete a repository with images. */
export async function withoutTeardown(step: Step, bed: Bed): Promise<void> {
  step.note(`app: new Repository(stack, 'App', { repositoryName: '${APP}', removalPolicy: RemovalPolicy.DESTROY })`);
  const cdk = new CommandLine(bed, synthesise(join(bed.place.directory, 'without-teardown.out')));
  await cdk.succeed(step, 'deploy', STACK);
  const { StackId } = (await bed.stacks.describe(STACK))!;
  await (await Registry.login(bed.place)).pushIndex({ repository: APP, tags: ['v1'] });
  const before = await contentOf(bed, APP);
  const refused = await cdk.run(step, 'destroy', STACK);
  await step.check(`cdk destroy fails (exit code ${refused.code})`, () => notStrictEqual(refused.code, 0));
  const failure = (await bed.stacks.events(StackId!))
    .find(event => event.status === 'DELETE_FAILED' && event.type === 'AWS::ECR::Repository');
  step.note(`CloudFormation shows this event for ${failure?.logicalId}:`);
  step.quote(failure?.reason ?? '(none)');
  await step.check('the reason is that the repository holds images', () =>
    match(failure?.reason ?? '', /is not empty|contain images|RepositoryNotEmpty/));
  await step.check(`${APP} still holds its ${before!.images.length} images`, async () => {
    strictEqual(before!.images.length, 3);
    deepStrictEqual(await contentOf(bed, APP), before);
  });
  const forced = await bed.shell(step, `aws ecr delete-repository --repository-name ${APP} --force`);
  strictEqual(forced.code, 0, forced.output);
  const cleaned = await step.during('deleting the stack', () => bed.stacks.destroy(STACK));
  await step.check('after you delete the repository by hand, the stack can be deleted', async () => {
    strictEqual(cleaned.status, 'DELETE_COMPLETE');
    strictEqual(await contentOf(bed, APP), undefined);
  });
  step.shows('cdk destroy fails, the repository holds images');
}
