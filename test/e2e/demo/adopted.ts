import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { App, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Bed, CommandLine, PROJECT } from './bed';
import { contentOf, RepositoryContent } from './inventory';
import { Step } from './steps';
import { Repository, Teardown } from '../../../src';
import { Registry } from '../registry';
import { MARK } from '../scenes/world';

const STACK = 'Adopting';
const FORMER = 'adopted/former';
const RENAMED = 'adopted/renamed';

/** Synthesizes an app that declares these repositories, keyed by construct id. */
function synthesise(bed: Bed, name: string, repositories: Record<string, string>): string {
  const app = new App({ outdir: join(bed.place.directory, `${name}.out`) });
  const stack = new Stack(app, STACK, { synthesizer: new CliCredentialsStackSynthesizer() });
  for (const [id, repositoryName] of Object.entries(repositories)) {
    new Repository(stack, id, { repositoryName, teardown: Teardown.deleteWithImages({ maxImages: 9 }) });
  }
  return app.synth().directory;
}

/** Changes the name in the template: the old repository leaves the stack and is kept. */
export async function keptByRename(step: Step, bed: Bed): Promise<RepositoryContent> {
  step.note(`app: new Repository(stack, 'App', { repositoryName: '${FORMER}', teardown: Teardown.deleteWithImages({ maxImages: 9 }) })`);
  await new CommandLine(bed, synthesise(bed, 'before', { App: FORMER })).succeed(step, 'deploy', STACK);
  await (await Registry.login(bed.place)).pushIndex({ repository: FORMER, tags: ['v1'] });
  step.note(`change: its repositoryName is now '${RENAMED}'`);
  await new CommandLine(bed, synthesise(bed, 'renamed', { App: RENAMED })).succeed(step, 'deploy', STACK);
  const content = await contentOf(bed, FORMER);
  await step.check(`${FORMER} still exists with its 3 images, outside the stack`, () => strictEqual(content?.images.length, 3));
  step.shows('the old repository is kept with its images');
  return content!;
}

export async function adoptedAgain(step: Step, bed: Bed, kept: RepositoryContent): Promise<void> {
  const directory = synthesise(bed, 'adopting', { App: RENAMED, Former: FORMER });
  step.note(`change: the app declares '${FORMER}' again, in addition to '${RENAMED}'`);
  const cli = `node ${join(PROJECT, 'bin', 'cdk-ecr-keeper.js')} adopt ${FORMER} --app ${directory} --region ${bed.place.region}`;
  const cdk = new CommandLine(bed, directory);
  const report = await bed.shell(step, cli);
  step.quote(report.output.trim());
  await step.check('cdk-ecr-keeper adopt reports that the import is safe (exit code 0)', () => strictEqual(report.code, 0));
  const refused = await cdk.run(step, 'deploy', STACK);
  await step.check('without --import-existing-resources, the deployment fails because the repository already exists', () => match(refused.output, /already exists/));
  await cdk.succeed(step, 'deploy', STACK, '--import-existing-resources');
  await step.check('the repository belongs to the stack again, with the same images and with its mark', async () => {
    const { images, tags } = (await contentOf(bed, FORMER))!;
    deepStrictEqual(images, kept.images);
    match(tags[MARK], /:FormerTeardown/);
  });
  step.shows('back in the stack, with its images');
}

export async function destroyAdopted(step: Step, bed: Bed): Promise<void> {
  await new CommandLine(bed, join(bed.place.directory, 'adopting.out')).succeed(step, 'destroy', STACK);
  await step.check('both repositories are deleted with the stack', async () => {
    deepStrictEqual([await contentOf(bed, FORMER), await contentOf(bed, RENAMED)], [undefined, undefined]);
  });
  step.shows('both repositories deleted with their images');
}
