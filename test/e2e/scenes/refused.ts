import { doesNotMatch, match, notStrictEqual, ok } from 'node:assert/strict';
import { Duration } from 'aws-cdk-lib';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { deployed } from './deployed-subject';
import { FOR_SHOWING } from './hurried-clock';
import { refusalOf } from './refusal';
import { onEmulator, Scene } from './scene';
import { bystander, IMPORTED, OWNED, STAGE, Subject, SUBJECTS, TAGS } from './subject';
import { CODE, MARK, World } from './world';
import type { Repository } from '../../../src';

/** The resources that a refused delete keeps: the teardown and everything that it depends on. */
const keptBy = (world: World) => world.logicalIds('Test').filter(id => id !== 'Bystander');

const refuses = async (world: World, subject: Subject, tags: Record<string, string>, marked = true) => {
  const refusal = refusalOf(await world.destroy('Test', { expect: 'failed' }));
  await world.ends({
    stacks: { Test: { status: 'DELETE_FAILED', left: keptBy(world) } },
    repositories: { [subject.repository]: { tags, ...marked && { mark: ['Test', subject.teardown] } } },
  });
  return refusal;
};

/** An owned repository whose refusals go to a topic of the same stack. */
const NOTIFYING: Subject = {
  ...OWNED,
  declare: (stack, guards) => {
    OWNED.declare(stack, guards);
    (stack.node.findChild('App') as Repository).onRefused('Refused', { target: new SnsTopic(new Topic(stack, 'Team')) });
  },
};

const isDeleted = async (world: World) => {
  await world.destroy('Test');
  await world.ends({ stacks: {}, repositories: {} });
};

/** 11. A missing or different mark. */
export const markRemoved: Scene[] = [
  ...SUBJECTS.map(subject =>
    onEmulator(`11a ${subject.kind}: the printed command restores a removed mark`, async world => {
      await deployed(world, subject);
      await world.retag(subject.repository, { [MARK]: undefined });
      const { because, lift } = await refuses(world, subject, TAGS, false);
      match(because, /^Repository '.*' was not deleted: its tag cdk-ecr-keeper:teardown-by, which named this stack, was removed\. /);
      await refuses(world, subject, TAGS, false); // refused again until the user lifts the refusal
      await world.run(lift);
      await isDeleted(world);
    })),

  ...SUBJECTS.map(subject => onEmulator(`11b ${subject.kind}: one printed command restores a removed mark`
    + ' and lifts the refusal of a guard', async world => {
    await deployed(world, subject, { maxImages: 4 });
    await world.retag(subject.repository, { [MARK]: undefined });
    const { because, lift } = await refuses(world, subject, TAGS, false);
    match(because, /was removed; and it holds 5 images, more than its maxImages of 4\. /);
    await world.run(lift);
    await isDeleted(world);
  })),

  onEmulator('11c imported: the next deployment restores a removed mark', async world => {
    await deployed(world, IMPORTED, { maxImages: 5 });
    await world.retag('team/legacy', { [MARK]: undefined });
    await world.deploy('Test', stack => {
      bystander(stack);
      IMPORTED.declare(stack, { maxImages: 6 });
    });
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } },
      repositories: { 'team/legacy': { tags: TAGS, mark: ['Test', 'Legacy'] } },
    });
    await isDeleted(world);
  }),

  onEmulator('11c owned: an update that does not change the tags reports a removed mark with the command'
    + ' that restores it', async world => {
    await deployed(world, OWNED, { maxImages: 5 });
    await world.retag('team/app', { [MARK]: undefined });
    const { events } = await world.deploy('Test', stack => {
      bystander(stack);
      OWNED.declare(stack, { maxImages: 6 });
      world.hurry(stack, FOR_SHOWING);
    }, { expect: 'failed' });
    const reason = events.find(({ status }) => status === 'UPDATE_FAILED')!.reason!;
    match(reason, /^Repository 'team\/app' does not carry its mark: the tag .* but is missing/);
    await world.ends({
      stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } },
      repositories: { 'team/app': { tags: TAGS } },
    });
    await world.run(reason.split('\n').find(line => line.startsWith('aws ecr tag-resource'))!);
    await world.deploy('Test', stack => {
      bystander(stack);
      OWNED.declare(stack, { maxImages: 6 });
    });
    await isDeleted(world);
  }),

  ...SUBJECTS.map(subject => onEmulator(`11d ${subject.kind}: a repository with a different mark is not changed`, async world => {
    await deployed(world, subject);
    await world.retag(subject.repository, { [MARK]: '22222222-2222-2222-2222-222222222222:Theirs' });
    const repositories = { [subject.repository]: { tags: TAGS, mark: '22222222-2222-2222-2222-222222222222:Theirs' } };
    if (subject.kind === 'imported') {
      await world.destroy('Test');
    } else {
      const { because } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
      match(because, /is 22222222-2222-2222-2222-222222222222:Theirs, which does not name this resource, although this stack owns the repository/);
      await world.ends({ stacks: { Test: { status: 'DELETE_FAILED', left: keptBy(world) } }, repositories });
      await world.destroy('Test', { retain: [world.logicalId('Test', 'Custom::EcrTeardown')] });
    }
    await world.ends({ stacks: {}, repositories });
  })),
];

/** 12. Guards that refuse. */
export const guardRefuses: Scene[] = [
  ...SUBJECTS.map(subject => onEmulator(`12a ${subject.kind}: the printed command lifts a refusal of maxImages`, async world => {
    await deployed(world, subject, { maxImages: 4 });
    const { because, lift, code } = await refuses(world, subject, TAGS);
    match(because, /^Repository '.*' was not deleted: it holds 5 images, more than its maxImages of 4\. /);
    doesNotMatch(lift, new RegExp(MARK));
    await world.run(lift);
    await world.ends({
      stacks: { Test: { status: 'DELETE_FAILED', left: keptBy(world) } },
      repositories: { [subject.repository]: { tags: { ...TAGS, [CODE]: code }, mark: ['Test', subject.teardown] } },
    });
    await isDeleted(world);
  })),

  onEmulator('12j owned: a refused deletion keeps the rule for refusals, its topic, and the policy of the topic', async world => {
    await deployed(world, NOTIFYING, { maxImages: 4 });
    const { because, lift } = await refuses(world, NOTIFYING, TAGS);
    match(because, /^Repository '.*' was not deleted: /);
    const kept = keptBy(world).filter(id => /^Team|^AppRefused/.test(id));
    ok(kept.length === 3, kept.join());
    await world.run(lift);
    await isDeleted(world);
  }),

  onEmulator('12b owned: the printed command lifts a refusal of requireTag', async world => {
    await deployed(world, OWNED, { requireTag: STAGE });
    await world.retag(OWNED.repository, { stage: 'prod' });
    const { because, lift } = await refuses(world, OWNED, { stage: 'prod' });
    match(because, /^Repository '.*' was not deleted: it must carry the tag stage=test, but carries stage=prod\. /);
    await world.run(lift);
    await isDeleted(world);
  }),

  onEmulator('12g imported: no command lifts a refusal of requireTag; the code lifts only the other refusal', async world => {
    await deployed(world, IMPORTED, { maxImages: 4, requireTag: STAGE });
    await world.retag(IMPORTED.repository, { stage: 'prod' });
    const first = await refuses(world, IMPORTED, { stage: 'prod' });
    match(first.because, /it must carry the tag stage=test, but carries stage=prod; and it holds 5 images, .*Ask the owner of the repository/);
    await world.run(first.lift);
    const second = await refuses(world, IMPORTED, { stage: 'prod', [CODE]: first.code });
    match(second.because, /was not deleted: it must carry the tag stage=test, but carries stage=prod\. An override code does not replace the required tag/);
    await world.retag(IMPORTED.repository, TAGS);
    await isDeleted(world);
  }),

  ...SUBJECTS.map(subject => onEmulator(`12c ${subject.kind}: requireTag refuses until the tag is set`, async world => {
    await deployed(world, subject, { requireTag: STAGE });
    await world.retag(subject.repository, { stage: undefined });
    const { because } = await refuses(world, subject, {});
    match(because, /it must carry the tag stage=test, but has no tag stage\. /);
    await world.retag(subject.repository, TAGS);
    await isDeleted(world);
  })),

  onEmulator('12d owned: a new refusal of another guard needs a new code', async world => {
    await deployed(world, OWNED, { maxImages: 4, requireTag: STAGE });
    const first = await refuses(world, OWNED, TAGS);
    await world.run(first.lift);
    await world.retag(OWNED.repository, { stage: 'prod' });
    const second = await refuses(world, OWNED, { stage: 'prod', [CODE]: first.code });
    // A lifted refusal is not reported again.
    match(second.because, /^Repository '.*' was not deleted: it must carry the tag stage=test, but carries stage=prod\. /);
    ok(second.code.split('.').includes(first.code) && second.code !== first.code, second.code);
    await world.run(second.lift);
    await isDeleted(world);
  }),

  ...SUBJECTS.map(subject => onEmulator(`12e ${subject.kind}: the second printed command keeps everything`, async world => {
    await deployed(world, subject, { maxImages: 4 });
    const { keep } = await refuses(world, subject, TAGS);
    match(keep, /^aws cloudformation delete-stack --region \S+ --stack-name Test --retain-resources \S+( \S+)?$/);
    ok(keep.includes(`--region ${world.env.region} `), keep);
    const mark = world.mark('Test', subject.teardown);
    await world.run(keep);
    await world.untilGone('Test');
    await world.ends({ stacks: {}, repositories: { [subject.repository]: { tags: TAGS, mark } } });
  })),

  onEmulator('12f imported: the code of a deleted stack lifts no refusal of another stack, and is removed', async world => {
    await deployed(world, IMPORTED, { maxImages: 4 });
    const first = await refuses(world, IMPORTED, TAGS);
    await world.run(first.lift);
    await world.run(first.keep);
    await world.untilGone('Test');
    await world.retag('team/legacy', { [MARK]: undefined });
    await world.deploy('Test', stack => {
      bystander(stack);
      IMPORTED.declare(stack, { maxImages: 3 });
    });
    await world.retag('team/legacy', { [CODE]: first.code });
    const second = await refuses(world, IMPORTED, TAGS);
    match(second.because, /more than its maxImages of 3\. The tag cdk-ecr-keeper:teardown matched no refusal .* was removed\. /);
    notStrictEqual(second.code, first.code);
    await world.run(second.lift);
    await isDeleted(world);
  }),

  ...SUBJECTS.map(subject => onEmulator(`12g ${subject.kind}: FORCE_DELETE_STACK keeps the repository and its images`, async world => {
    await deployed(world, subject, { maxImages: 4 });
    await refuses(world, subject, TAGS);
    const mark = world.mark('Test', subject.teardown);
    await world.destroy('Test', { force: true });
    await world.ends({ stacks: {}, repositories: { [subject.repository]: { tags: TAGS, mark } } });
  })),

  ...SUBJECTS.map(subject => onEmulator(`12h ${subject.kind}: the printed command lifts refusals of`
    + ' protectedTags and pushedWithin', async world => {
    await deployed(world, subject, { protectedTags: ['*-multi'], pushedWithin: Duration.days(1) });
    const { because, lift, code } = await refuses(world, subject, TAGS);
    match(
      because,
      /^Repository '.*' was not deleted: 1 image has a protected tag: first-multi; and 5 images were pushed within 1 day: .* and 2 more\. /,
    );
    match(code, /^\w{12}\.\w{12}$/);
    await world.run(lift);
    await isDeleted(world);
  })),

  ...SUBJECTS.map(subject =>
    onEmulator(`12i ${subject.kind}: protectedTags and pushedWithin allow the deletion if no image matches`, async world => {
      await deployed(world, subject, { protectedTags: ['release-*'], pushedWithin: Duration.seconds(1) });
      await new Promise(resolve => setTimeout(resolve, 1_500));
      await isDeleted(world);
    })),
];
