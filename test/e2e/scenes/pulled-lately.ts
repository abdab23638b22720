import { match } from 'node:assert/strict';
import { Duration } from 'aws-cdk-lib';
import { legacy, LEGACY, locallyEnds, stockedLocally } from './on-local-ecr';
import { refusalOf } from './refusal';
import { onBoth, Scene } from './scene';
import { TAGS } from './subject';
import { CODE, MARK } from './world';

const DAY = 86_400_000;

/** 28. Runs on local-ecr, because the emulator's ECR does not record pull times. */
export const pulledLately: Scene[] = [
  onBoth('28g imported, pulledWithin: refuses after a recent pull, and the printed command lifts the refusal', async (world, fakes) => {
    const before = stockedLocally(fakes);
    const { local } = fakes.ecr;
    const pulled = local.addImage({
      repositoryName: LEGACY, tags: ['hot'], lastRecordedPullTime: new Date(Date.now() - 3 * DAY), ...fakes.here,
    });
    const images = [...before, pulled].sort();
    await fakes.deploy(legacy({ pulledWithin: Duration.days(7) }));
    const { because, lift, code } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
    match(because, /^Repository 'team\/legacy' was not deleted: 1 image was pulled within 7 days: hot\. /);
    const stacks = { Test: { status: 'DELETE_FAILED', left: world.logicalIds('Test').filter(id => id !== 'Bystander') } };
    const tags = { ...TAGS, [MARK]: world.mark('Test', 'Legacy') };
    await locallyEnds(world, fakes, stacks, { 'us-east-1': { tags, images } });
    await fakes.run(lift);
    await locallyEnds(world, fakes, stacks, { 'us-east-1': { tags: { ...tags, [CODE]: code }, images } });
    await world.destroy('Test');
    await locallyEnds(world, fakes, {}, {});
  }),

  onBoth('28h imported, pulledWithin: allows the deletion if the last pull is old enough', async (world, fakes) => {
    stockedLocally(fakes);
    fakes.ecr.local.addImage({
      repositoryName: LEGACY, tags: ['cold'], lastRecordedPullTime: new Date(Date.now() - 8 * DAY), ...fakes.here,
    });
    await fakes.deploy(legacy({ pulledWithin: Duration.days(7) }));
    await world.destroy('Test');
    await locallyEnds(world, fakes, {}, {});
  }),
];
