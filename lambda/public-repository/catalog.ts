import { GetRepositoryCatalogDataCommand, PutRepositoryCatalogDataCommand } from '@aws-sdk/client-ecr-public';
import type { RepositoryCatalogData, RepositoryCatalogDataInput } from '@aws-sdk/client-ecr-public';
import { readLogo } from './logo';
import { PublicJob } from './public-job';
import { CatalogTexts, differingMembers, LIST_MEMBERS, sameCatalog, TEXT_MEMBERS } from '../../src/core/public-repository/catalog';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { ECR_PUBLIC_PATIENCE, readBack } from '../shared/aws/read-back';
import { sendCommand } from '../shared/aws/send-command';
import { UserError, isNamed } from '../shared/protocol/errors';

/** Whether the template and the gallery differ. Logos cannot be compared. */
export async function catalogDiffers(job: PublicJob): Promise<boolean> {
  const { properties: { catalog, logo } } = job;
  if (!catalog) return false;
  const live = await readCatalog(job);
  return !sameCatalog(catalog, live) || (logo === undefined && live.logoUrl !== undefined);
}

/** Writes the entire entry, because a write replaces all of it. An entry that the template never declared is not changed. */
export async function settleCatalog(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  const { properties: { catalog, logo }, target } = job;
  if (!catalog && !old?.catalog) return;
  const texts = catalog ?? {};
  const live = await readCatalog(job);
  const isLogoRight = logo ? old?.logo?.key === logo.key && live.logoUrl !== undefined : live.logoUrl === undefined;
  if (sameCatalog(texts, live) && isLogoRight) return;
  await put(job, { ...membersOf(texts, live), ...logo ? { logoImageBlob: await readLogo(job, logo) } : {} });
  await confirmCatalog(job, texts);
  job.log(`public repository '${target.name}' has the catalog data of the template`);
}

/** ECR returns a URL in place of the logo. */
async function readCatalog(job: PublicJob): Promise<RepositoryCatalogData> {
  const { target } = job;
  job.progress(`reading the catalog data of public repository '${target.name}'`);
  try {
    const answer = await sendCommand(job, job.ecrPublic, GetRepositoryCatalogDataCommand, { repositoryName: target.name });
    return answer?.catalogData ?? {};
  } catch (error) {
    if (isNamed(error, 'RepositoryCatalogDataNotFoundException')) return {};
    throw error;
  }
}

/** UNCERTAIN: whether a write removes or keeps the members that it omits. A member to remove is therefore written as empty. */
function membersOf(texts: CatalogTexts, live: CatalogTexts): RepositoryCatalogDataInput {
  const isPresent = (member: keyof CatalogTexts) => Boolean(texts[member]?.length || live[member]?.length);
  return {
    ...Object.fromEntries(TEXT_MEMBERS.filter(isPresent).map(member => [member, texts[member] ?? ''])),
    ...Object.fromEntries(LIST_MEMBERS.filter(isPresent).map(member => [member, texts[member] ?? []])),
  };
}

async function put(job: PublicJob, catalogData: RepositoryCatalogDataInput): Promise<void> {
  const { target } = job;
  job.progress(`writing the catalog data of public repository '${target.name}'`);
  try {
    await sendCommand(job, job.ecrPublic, PutRepositoryCatalogDataCommand, { repositoryName: target.name, catalogData });
  } catch (error) {
    if (!isNamed(error, 'InvalidParameterException')) throw error;
    throw new UserError(`${target.subject}: ECR Public rejected its catalog data. Correct it, then deploy again.\n`
      + `${(error as Error).message}`, { cause: error });
  }
}

async function confirmCatalog(job: PublicJob, texts: CatalogTexts): Promise<void> {
  const { properties: { logo }, target } = job;
  let live: RepositoryCatalogData = {};
  const what = `the catalog data of public repository '${target.name}' to match what was written`;
  const isShown = await readBack(job, ECR_PUBLIC_PATIENCE, what, async () => {
    live = await readCatalog(job);
    return differingMembers(texts, live).length === 0;
  });
  if (!isShown) {
    throw new UserError(`${target.subject}: ${ECR_PUBLIC_PATIENCE / 1_000} seconds after its catalog data was written, ECR Public returns`
      + ` different values (${differingMembers(texts, live).join(', ')}). Deploy again. If that does not help, check whether ECR Public`
      + ' changes the values, or somebody else writes them.');
  }
  // whether an account that is not verified gets an address is not documented
  if (logo && live.logoUrl === undefined) {
    job.log(`public repository '${target.name}': ECR returned no URL of the logo; the gallery shows logos of verified accounts only`);
  }
  if (!logo && live.logoUrl !== undefined) {
    job.log(`public repository '${target.name}': ECR still has the logo that was removed from the template; remove it in the console`);
  }
}
