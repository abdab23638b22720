import { deepStrictEqual } from 'node:assert/strict';
import { aws_iam as iam, Stack } from 'aws-cdk-lib';
import type { Fakes } from './fakes';
import { onBoth, Scene } from './scene';
import { bystander, TAGS } from './subject';
import type { End, World } from './world';
import { PublicRepository, PublicRepositoryProps, PublicTeardown } from '../../../src';
import { logoFile, png } from '../../lambda/public-repository/logo-file';

export const TYPE = 'Custom::EcrPublicRepository';
export const TOOL = 'team/tool';
export const LEFT_ALONE = 'bystander/public';
const MARK = 'cdk-ecr-keeper:public-repository-by';
const REGION = 'eu-west-1';
const RAN_ON = `CloudFormation of MiniStack in ${REGION}, LocalEcrPublic, IAM enforced`;
const PUSHERS = '111111111111';

export const DELETE = PublicTeardown.deleteWithImages({ maxImages: 6 });
export const CATALOG = {
  description: 'A tool', aboutText: '# Tool', usageText: 'Run it.', architectures: ['ARM 64'], operatingSystems: ['Linux'],
};
const LOGO = png(60);

/** Expected tags, images, and catalog data. An omitted repository must not exist. */
export interface PublicEnd {
  readonly images: readonly string[];
  /** The stack of the mark, and the beginning of its logical id. @default - no mark */
  readonly mark?: readonly [stack: string, id: string];
  readonly tags?: Record<string, string>;
  readonly description?: string;
}

export const onPublic = (title: string, play: (world: World, fakes: Fakes) => Promise<void>): Scene =>
  ({ ...onBoth(title, play, RAN_ON), region: REGION });

/** Declares a public repository with all properties, in a stack that is never empty. */
export const gallery = (props: Partial<PublicRepositoryProps> = {}, id = 'Gallery', hasPolicy = true) => (stack: Stack) => {
  bystander(stack);
  const repository = new PublicRepository(stack, id, {
    repositoryName: TOOL, catalogData: { ...CATALOG, logo: logoFile(LOGO) }, tags: TAGS, ...props,
  });
  if (!hasPolicy) return;
  repository.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'Push', principals: [new iam.AccountPrincipal(PUSHERS)], actions: ['ecr-public:PutImage'],
  }));
};

/** Pushes a single image and a multi-architecture image: three digests. */
export function pushed({ ecrPublic, here }: Fakes, repositoryName = TOOL): string[] {
  const at = { repositoryName, ...here };
  const flat = ecrPublic.addImage({ ...at, tags: ['flat'] });
  const child = ecrPublic.addImage(at);
  return [flat, child, ecrPublic.addImage({ ...at, tags: ['multi'], children: [child] })].sort();
}

/** Deploys the stack in an account with a repository of another owner, and pushes images. */
export async function deployed(world: World, fakes: Fakes, props: Partial<PublicRepositoryProps>, id?: string): Promise<string[]> {
  fakes.ecrPublic.seed({ repositoryName: LEFT_ALONE, tags: TAGS, images: 4, kind: 'multiArch', ...fakes.here });
  await fakes.deploy(gallery(props, id));
  const images = pushed(fakes);
  await publicEnds(world, fakes, { Test: { status: 'CREATE_COMPLETE', left: 'template' } }, {
    [TOOL]: { images, mark: ['Test', id ?? 'Gallery'] },
  });
  const { catalogData, policy } = fakes.ecrPublic.repository(TOOL, fakes.here);
  const [{ logoImageBlob }] = shown(fakes);
  deepStrictEqual([catalogData?.architectures, logoImageBlob, JSON.stringify(policy).includes(PUSHERS)], [
    ['ARM 64'], LOGO.toString('base64'), true,
  ]);
  return images;
}

/** The descriptions that were written to the gallery, in order. */
export function shown({ ecrPublic }: Fakes): { readonly description: string; readonly logoImageBlob?: string }[] {
  return ecrPublic.calls.filter(({ operation }) => operation === 'PutRepositoryCatalogData').map(({ input }) => input.catalogData as never);
}

/**
 * Checks the stacks and the tags, marks, digests, and descriptions of every public repository. The repository of the other owner must not
 * change.
 */
export async function publicEnds(
  world: World, { ecrPublic, here }: Fakes, stacks: End['stacks'], repositories: Record<string, PublicEnd>,
): Promise<void> {
  await world.ends({ stacks, repositories: {} });
  const look = (name: string) => {
    const { exists, tags, images, catalogData } = ecrPublic.repository(name, here);
    return [name, exists, exists && { tags, images: images.map(({ digest }) => digest).sort(), description: catalogData?.description }];
  };
  const expected = [TOOL, 'team/renamed'].map(name => {
    const { images, mark, tags = TAGS, description = CATALOG.description } = repositories[name] ?? { images: [] };
    if (!repositories[name]) return [name, false, false];
    return [name, true, {
      tags: { ...tags, ...mark && { [MARK]: `${world.stackUuid(mark[0])}:${world.logicalId(mark[0], TYPE, mark[1])}` } },
      images,
      description,
    }];
  });
  deepStrictEqual([TOOL, 'team/renamed'].map(look), expected);
  const others = ecrPublic.repository(LEFT_ALONE, here);
  deepStrictEqual([others.tags, others.images.length], [TAGS, 4]);
}
