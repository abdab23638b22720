import { match } from 'node:assert/strict';
import { deployed } from './deployed-subject';
import { refusalOf } from './refusal';
import { onEmulator, Scene } from './scene';
import { OWNED, TAGS } from './subject';
import type { Template } from './template';

/** Changes the template to the output of the previous version. */
const asBefore = ({ Resources }: Template): void => {
  for (const resource of Object.values(Resources)) {
    if (resource.Type === 'AWS::ECR::Repository') Object.assign(resource, { DeletionPolicy: 'Delete' });
  }
};

/** 33. The runbook for stacks whose function no longer exists or whose template is older. */
export const withoutFunction: Scene[] = [
  onEmulator('33a if the function no longer exists, you can delete the repository by hand and retain the teardown', async world => {
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

  onEmulator('33b if the function no longer exists, you can retain the teardown, and another stack can import the'
    + ' repository', async world => {
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

  onEmulator('33c after a refusal with DeletionPolicy Delete, you can retain the teardown and the repository together', async world => {
    await world.deploy('Test', stack => OWNED.declare(stack, { maxImages: 1 }), { edit: asBefore });
    await world.push('team/app');
    const { because } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
    match(because, /it holds 5 images, more than its maxImages of 1/);
    const mark = world.mark('Test', OWNED.teardown);
    await world.destroy('Test', { retain: ['Custom::EcrTeardown', 'AWS::ECR::Repository'].map(type => world.logicalId('Test', type)) });
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS, mark } } });
  }),

  onEmulator('33d a stack that had DeletionPolicy Delete keeps its repositories after an update to this version', async world => {
    await world.deploy('Test', stack => OWNED.declare(stack, {}), { edit: asBefore });
    await world.push('team/app');
    await world.deploy('Test', stack => OWNED.declare(stack, {}));
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
