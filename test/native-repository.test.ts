import {
  App, CfnDeletionPolicy, CfnParameter, CfnResource, CfnTag, Fn, IResolvable, Lazy, RemovalPolicy, Stack, Tags, Token,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { newStackForEachTest, stack } from './construct-scene';
import { Repository, Teardown } from '../src';
import { finalAttributes, removalAttributes, RemovalAttributes } from '../src/private/repository/native-repository';

newStackForEachTest();

const newNative = (props?: ecr.CfnRepositoryProps) => new ecr.CfnRepository(stack, 'Native', props);
const removalOf = ({ deletionPolicy, updateReplacePolicy, emptyOnDelete, tags }: RemovalAttributes) => ({
  deletionPolicy, updateReplacePolicy, emptyOnDelete, tags: tags.map(({ Key, Value }) => ({ Key, Value })),
});
const flag = (): IResolvable => Lazy.uncachedAny({ produce: () => true });

class Emptied extends ecr.CfnRepository {
  protected get cfnProperties() {
    return { ...super.cfnProperties, emptyOnDelete: true, tags: [{ key: 'of', value: 'a subclass' }] };
  }
}

const NATIVES: ReadonlyArray<readonly [string, () => ecr.CfnRepository]> = [
  ['no properties', () => newNative()],
  ['tags, of which one is removed', () => {
    const native = newNative({ tags: [{ key: 'stage', value: 'test' }, { key: 'team', value: 'a' }] });
    native.tags.removeTag('team', 1_000);
    return native;
  }],
  ['tags with tokens', () => newNative({
    tags: [
      { key: Lazy.string({ produce: () => 'late' }), value: new CfnParameter(stack, 'Parameter').valueAsString },
      { key: 'known', value: Lazy.uncachedString({ produce: () => 'late' }) },
      Token.asAny({ key: 'whole', value: 'tag' }) as unknown as CfnTag,
      Fn.conditionIf('Condition', { key: 'one', value: 'tag' }, { key: 'another', value: 'tag' }) as unknown as CfnTag,
    ],
  })],
  ['emptyOnDelete', () => newNative({ emptyOnDelete: true })],
  ['emptyOnDelete false', () => newNative({ emptyOnDelete: false })],
  ['emptyOnDelete as a token', () => newNative({ emptyOnDelete: flag() })],
  ['a removal policy', () => {
    const native = newNative();
    native.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return native;
  }],
  ['policies that differ', () => {
    const native = newNative();
    native.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    native.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    return native;
  }],
  ['an overridden policy', () => {
    const native = newNative();
    native.addOverride('DeletionPolicy', 'Retain');
    return native;
  }],
  ['overridden properties', () => {
    const native = newNative({ emptyOnDelete: true, tags: [{ key: 'stage', value: 'test' }] });
    native.addPropertyDeletionOverride('Tags');
    native.addPropertyOverride('EmptyOnDelete', false);
    return native;
  }],
  ['a subclass', () => new Emptied(stack, 'Native')],
  ['a generic resource', () => new CfnResource(stack, 'Native', {
    type: 'AWS::ECR::Repository', properties: { EmptyOnDelete: true, Tags: [{ Key: 'stage', Value: 'test' }] },
  }) as ecr.CfnRepository],
  ['a repository with a teardown', () => {
    const repository = new Repository(stack, 'Repository', { repositoryName: 'team/app', teardown: Teardown.deleteWithImages() });
    Tags.of(repository).add('stage', 'test');
    return repository.node.defaultChild as ecr.CfnRepository;
  }],
];

test.each(NATIVES)('the attributes for the removal of a repository are those that are rendered: %s', (_case, create) => {
  const native = create();
  expect(removalOf(removalAttributes(native))).toEqual(removalOf(finalAttributes(native)));
});

test('a teardown does not have the repository rendered once more', () => {
  const rendering = jest.spyOn(ecr.CfnRepository.prototype as unknown as { _toCloudFormation(): unknown }, '_toCloudFormation');
  const [without, withTeardown] = [undefined, Teardown.deleteWithImages()].map(teardown => {
    const app = new App();
    new Repository(new Stack(app, 'Stack'), 'Repository', { teardown });
    rendering.mockClear();
    app.synth();
    return rendering.mock.calls.length;
  });
  rendering.mockRestore();
  expect(without).toBeGreaterThan(0);
  expect(withTeardown).toBe(without);
});

test('the custom resource follows what changes after something resolved the template', () => {
  const repository = new Repository(stack, 'Repository', { repositoryName: 'team/app', teardown: Teardown.deleteWithImages() });
  const native = repository.node.defaultChild as ecr.CfnRepository;
  const teardown = repository.node.findChild('Teardown').node.defaultChild as CfnResource;
  for (const element of [native, teardown]) stack.resolve((element as unknown as { _toCloudFormation(): unknown })._toCloudFormation());
  native.overrideLogicalId('Renamed');
  teardown.overrideLogicalId('TeardownOfIt');
  native.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN;
  const { Renamed, TeardownOfIt } = Template.fromStack(stack).toJSON().Resources;
  expect(TeardownOfIt.Properties).toMatchObject({ RepositoryLogicalId: 'Renamed', OnStackDelete: 'retain' });
  expect(JSON.stringify(Renamed.Properties.Tags)).toContain(':TeardownOfIt');
});
