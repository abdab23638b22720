import { invalidParameter } from '../../local-ecr/aws-error';
import { optionalText } from '../../local-ecr/constraints';
import { onPublicRegistry } from '../operation';
import { readPage } from '../pages';
import type { PublicRegistry } from '../registry';

export const describeRegistries = onPublicRegistry('DescribeRegistries', (registry, request) => {
  readPage(request, registry.arn);
  return { registries: registry.opened ? [render(registry)] : [] };
});

export const getRegistryCatalogData = onPublicRegistry('GetRegistryCatalogData', catalogData);

export const putRegistryCatalogData = onPublicRegistry('PutRegistryCatalogData', (registry, { input }) => {
  const displayName = optionalText('displayName', input.displayName, { max: 100 });
  if (displayName && !registry.verified) throw invalidParameter('displayName', 'Only verified accounts can have a registry display name');
  registry.displayName = displayName;
  return catalogData(registry);
});

function catalogData({ displayName }: PublicRegistry): object {
  return { registryCatalogData: displayName === undefined ? {} : { displayName } };
}

function render(registry: PublicRegistry): object {
  return {
    registryId: registry.account,
    registryArn: registry.arn,
    registryUri: `public.ecr.aws/${registry.alias}`,
    verified: registry.verified,
    aliases: registry.aliases.map(({ name, isDefault }) => ({
      name, status: 'ACTIVE', primaryRegistryAlias: name === registry.alias, defaultRegistryAlias: isDefault,
    })),
  };
}
