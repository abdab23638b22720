import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeRepositoriesCommand, ECRClient, ListImagesCommand, ListTagsForResourceCommand, RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import { Bed } from './bed';
import { connect } from '../place';
import { liveMachinery } from '../scenes/live';

export interface RepositoryContent {
  /** The digests, each once. */
  readonly images: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** All resources in the account that a stack of ours could leave behind or damage, by name and with their content. */
export interface Inventory {
  readonly stacks: Readonly<Record<string, string>>;
  readonly repositories: Readonly<Record<string, RepositoryContent>>;
  readonly functions: Readonly<Record<string, { readonly role: string; readonly code: string }>>;
  readonly logGroups: readonly string[];
  readonly roles: readonly string[];
}

export async function takeInventory(bed: Bed): Promise<Inventory> {
  const [stacks, repositories, { functions, roles, logGroups }] = await Promise.all([
    bed.cloudFormation.send(new DescribeStacksCommand({})),
    bed.ecr.send(new DescribeRepositoriesCommand({})),
    liveMachinery(bed.place),
  ]);
  const names = repositories.repositories!.map(({ repositoryName }) => repositoryName!).sort();
  return {
    stacks: Object.fromEntries(stacks.Stacks!.map(({ StackName, StackStatus }) => [StackName!, StackStatus!])),
    repositories: Object.fromEntries(await Promise.all(names.map(async name => [name, (await contentOf(bed, name))!] as const))),
    functions: Object.fromEntries(functions.map(({ FunctionName, Role, CodeSha256 }) => [
      FunctionName!, { role: Role!, code: CodeSha256! },
    ])),
    logGroups: [...logGroups].sort(),
    roles: [...roles].sort(),
  };
}

/** Returns undefined if the repository does not exist. */
export async function contentOf(
  { place, ecr }: Bed, repositoryName: string, region = place.region,
): Promise<RepositoryContent | undefined> {
  const resourceArn = `arn:aws:ecr:${region}:${place.account}:repository/${repositoryName}`;
  const client = region === place.region ? ecr : connect(place, ECRClient, { region });
  try {
    const { imageIds } = await client.send(new ListImagesCommand({ repositoryName }));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    return {
      images: [...new Set(imageIds!.map(({ imageDigest }) => imageDigest!))].sort(),
      tags: Object.fromEntries(tags!.map(({ Key, Value }) => [Key!, Value!])),
    };
  } catch (error) {
    if (error instanceof RepositoryNotFoundException) {
      return undefined;
    }
    throw error;
  }
}
