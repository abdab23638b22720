import { Duration } from 'aws-cdk-lib';
import { emptied, imported, MARK, REPOSITORY, STAGE } from './scene';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { ImageUse, Teardown } from '../../../src';
import { describeFaults, FaultScene, GOING, UPDATING } from '../fault-points';
import { markOf } from '../handler-scene';
import type { Handle, LocalAccount } from '../local-account';

const TYPE = 'Custom::EcrTeardown';
const ROLE = 'arn:aws:iam::111111111111:role/look';

interface Situation extends Pick<FaultScene, 'name' | 'build' | 'request' | 'history'> {
  readonly expected: 'emptied' | 'kept-whole' | 'emptied-marked' | 'deleted';
}

/** Images that one of the scenes keeps: an index with its children and a referrer. */
const keptOf = (account: LocalAccount): string[] => {
  const { images } = account.ecr.repository(REPOSITORY);
  const index = images.find(({ tags }) => tags.includes('keep'))!;
  return [index.digest, ...index.children, images.find(({ subject }) => subject === index.digest)!.digest].sort();
};

function scene({ expected, ...rest }: Situation): FaultScene {
  let kept: string[];
  return {
    ...rest,
    prepare: (account, stack) => {
      for (const name of [REPOSITORY, 'bystander']) account.ecr.vanish(name);
      account.ecr.seed({
        repositoryName: 'bystander', images: 2, kind: 'flat', tags: { stage: 'test', [MARK]: `${stack.stackId.split('/')[2]}:Bystander` },
      });
      account.ecr.seed({ repositoryName: REPOSITORY, images: 6, kind: 'multiArch', tags: { stage: 'test', [MARK]: markOf(stack, TYPE) } });
      const add = (image: object) => account.ecr.addImage({ repositoryName: REPOSITORY, ...image });
      add({ subject: add({ children: [add({}), add({})], tags: ['keep'] }), artifactType: 'application/spdx+json' });
      kept = keptOf(account);
      account.sts.role(ROLE, { trust: { principals: ['000000000000'] } });
      account.ecs.cluster('shop', { account: '111111111111' });
      account.lambda.function('other', { imageUri: `000000000000.dkr.ecr.us-east-1.amazonaws.com/other@${kept[0]}` });
    },
    isFinal: answer => answer?.Status === 'SUCCESS',
    expectEnd: (account, stack, answer) => {
      expect(answer?.Status).toBe('SUCCESS');
      const { exists, images, tags } = account.ecr.repository(REPOSITORY);
      expect(exists).toBe(expected !== 'deleted');
      expect(images.map(({ digest }) => digest).sort()).toEqual(expected === 'kept-whole' ? kept : []);
      if (exists) expect(tags).toEqual({ stage: 'test', ...expected === 'emptied-marked' ? { [MARK]: markOf(stack, TYPE) } : {} });
      expect(account.ecr.repository('bystander')).toMatchObject({ exists: true, images: [{}, {}], tags: { stage: 'test' } });
    },
  };
}

describeFaults(teardownHandler, TYPE, [
  scene({
    name: 'Delete, empty, stack is deleted', build: emptied({ maxImages: 99 }), request: 'Delete', history: GOING, expected: 'emptied',
  }),
  scene({
    name: 'Delete, empty, imported, with exceptions',
    request: 'Delete',
    history: GOING,
    expected: 'kept-whole',
    build: imported(Teardown.empty({ requireTag: STAGE, exceptTags: ['keep'], protectedTags: ['keep'], pushedWithin: Duration.hours(1) })),
  }),
  scene({
    name: 'Delete, with inUseBy',
    request: 'Delete',
    history: GOING,
    expected: 'deleted',
    build: imported(Teardown.deleteWithImages({
      requireTag: STAGE,
      inUseBy: [ImageUse.ecs({ clusters: ['shop'], access: { roleArn: ROLE } }), ImageUse.lambdaFunctions()],
      maxImages: 99,
    })),
  }),
]);

/** Sends requests whose old properties have a different trigger. */
const withOldToken: Handle = (surroundings, clients) => (request, context) =>
  teardownHandler(surroundings, clients)({
    ...request, OldResourceProperties: { ...request.OldResourceProperties, EmptyTrigger: 'before' },
  }, context);

describeFaults(withOldToken, TYPE, [
  scene({
    name: 'Update, trigger changed', build: emptied({ trigger: 'after' }), request: 'Update', history: UPDATING, expected: 'emptied-marked',
  }),
]);
