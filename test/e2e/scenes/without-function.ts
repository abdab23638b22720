import { match } from 'node:assert/strict';
import { deployed } from './deployed-subject';
import { refusalOf } from './refusal';
import { onEmulator, Scene } from './scene';
import { OWNED, TAGS } from './subject';
import type { Template } from './template';

/** The template as the version before rendered it. */
const asBefore = ({ Resources }: Template): void => {
  for (const resource of Object.values(Resources)) {
    if (resource.Type === 'AWS::ECR::Repository') Object.assign(resource, { DeletionPolicy: 'Delete' });
  }
};

/** 33. What the runbook says of stacks whose function cannot help, or whose template is older. */
export const withoutFunction: Scene[] = [
  onEmulator('33a the function is gone: the repository is deleted by hand, and the teardown retained', async world => {
    await deployed(world, OWNED);
    const [name] = (await world.machinery()).functions;
    await world.run(`aws lambda delete-function --function-name ${name}`);
    await world.destroy('Test', { expect: 'failed' });
    const mark = ['Test', OWNED.teardown] as const;
    await world.ends({
      stacks: { Test: { status: 'DELETE_FAILED', left: world.logicalIds('Test').filter(id => id !== 'Bystander') } },
      repositories: { 'team/app': { tags: TAGS, mark } },
    });
    await world.run(`aws ecr delete-repository --region ${world.env.region} --repository-name team/app --force`);
    await world.destroy('Test', { retain: [world.logicalId('Test', 'Custom::EcrTeardown')] });
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('33b the function is gone: the repository is kept with the teardown alone, and another stack takes it', async world => {
    await deployed(world, OWNED);
    const [name] = (await world.machinery()).functions;
    await world.run(`aws lambda delete-function --function-name ${name}`);
    await world.destroy('Test', { expect: 'failed' });
    const mark = world.mark('Test', OWNED.teardown);
    await world.destroy('Test', { retain: [world.logicalId('Test', 'Custom::EcrTeardown')] });
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS, mark } } });
    await world.deploy('Other', stack => OWNED.declare(stack, {}), { importExisting: true });
    await world.destroy('Other');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('33c a template with DeletionPolicy Delete, refused: teardown and repository are retained together', async world => {
    await world.deploy('Test', stack => OWNED.declare(stack, { maxImages: 1 }), { edit: asBefore });
    await world.push('team/app');
    const { because } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
    match(because, /it holds 5 images, more than its maxImages of 1/);
    const mark = world.mark('Test', OWNED.teardown);
    await world.destroy('Test', { retain: ['Custom::EcrTeardown', 'AWS::ECR::Repository'].map(type => world.logicalId('Test', type)) });
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS, mark } } });
  }),

  onEmulator('33d a stack whose template said Delete is updated to this version, and keeps what leaves it', async world => {
    await world.deploy('Test', stack => OWNED.declare(stack, {}), { edit: asBefore });
    await world.push('team/app');
    await world.deploy('Test', stack => OWNED.declare(stack, {}));
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
