import { AwsError } from '../aws-error';
import { integer, list, optionalText } from '../constraints';
import { CreationTemplate, prefixOf, readTemplate } from '../creation-templates';
import { epochSeconds } from '../epoch-seconds';
import type { IamRequest } from '../iam';
import type { EcrRequest, Operation } from '../operation';
import { RepositoryTag } from '../repository-tags';

export const createRepositoryCreationTemplate: Operation = {
  needs: request => needsOfChange('CreateRepositoryCreationTemplate', request),
  run: request => {
    const { input, registry, readings, now } = request;
    const template = readTemplate(input, readings, now());
    if (registry.templates.has(template.prefix)) {
      throw new AwsError('TemplateAlreadyExistsException',
        `The repository creation template with prefix '${template.prefix}' already exists in the registry with id '${registry.account}'`);
    }
    return save(request, template);
  },
};

export const updateRepositoryCreationTemplate: Operation = {
  needs: request => needsOfChange('UpdateRepositoryCreationTemplate', request),
  run: request => save(request, readTemplate(request.input, request.readings, request.now(), find(request))),
};

export const deleteRepositoryCreationTemplate: Operation = {
  needs: () => [onAll('ecr:DeleteRepositoryCreationTemplate')],
  run: request => {
    const template = find(request);
    request.registry.templates.delete(template.prefix);
    return answer(request, template);
  },
};

export const describeRepositoryCreationTemplates: Operation = {
  needs: () => [onAll('ecr:DescribeRepositoryCreationTemplates')],
  run: ({ input, registry, tokens, operation }) => {
    const wanted = list<unknown>('prefixes', input.prefixes, 0, 1000)?.map(prefix => prefixOf(prefix, 'prefixes'));
    const size = integer('maxResults', input.maxResults, 1, 1000) ?? 100;
    const all = [...registry.templates.values()].filter(({ prefix }) => wanted?.includes(prefix) ?? true);
    const scope = `${operation} ${registry.account} ${registry.region} ${wanted?.join(' ')}`;
    const [from] = tokens.open(scope, optionalText('nextToken', input.nextToken)) ?? [0];
    const until = from + size;
    return {
      registryId: registry.account,
      repositoryCreationTemplates: all.slice(from, until).map(render),
      ...until < all.length ? { nextToken: tokens.seal(scope, [until]) } : {},
    };
  },
};

/** "The following permissions are needed" (repository-creation-templates-create). Their resources are not documented. */
function needsOfChange(action: string, { input, registry }: EcrRequest): IamRequest[] {
  const prefix = prefixOf(input.prefix);
  const resource = registry.arnOf(prefix === 'ROOT' ? '*' : `${prefix}/*`);
  return [
    onAll(`ecr:${action}`),
    { action: 'ecr:CreateRepository', resource },
    ...input.lifecyclePolicy === undefined ? [] : [{ action: 'ecr:PutLifecyclePolicy', resource }],
    ...input.repositoryPolicy === undefined ? [] : [{ action: 'ecr:SetRepositoryPolicy', resource }],
    ...typeof input.customRoleArn !== 'string' ? [] : [{
      action: 'iam:PassRole', resource: input.customRoleArn, context: { 'iam:PassedToService': 'ecr.amazonaws.com' },
    }],
  ];
}

function onAll(action: string): IamRequest {
  return { action, resource: '*' };
}

function find({ input, registry }: EcrRequest): CreationTemplate {
  const prefix = prefixOf(input.prefix);
  const template = registry.templates.get(prefix);
  if (template) return template;
  throw new AwsError('TemplateNotFoundException',
    `The repository creation template with prefix '${prefix}' does not exist in the registry with id '${registry.account}'`);
}

function save(request: EcrRequest, template: CreationTemplate): object {
  request.registry.templates.set(template.prefix, template);
  return answer(request, template);
}

function answer({ registry }: EcrRequest, template: CreationTemplate): object {
  return { registryId: registry.account, repositoryCreationTemplate: render(template) };
}

function render(template: CreationTemplate): object {
  const { encryption, tags, mutability, exclusionFilters, createdAt, updatedAt, ...rest } = template;
  return {
    ...rest,
    encryptionConfiguration: encryption,
    resourceTags: [...tags].map(([Key, Value]): RepositoryTag => ({ Key, Value })),
    imageTagMutability: mutability,
    ...exclusionFilters.length === 0 ? {} : {
      imageTagMutabilityExclusionFilters: exclusionFilters.map(filter => ({ filterType: 'WILDCARD', filter })),
    },
    createdAt: epochSeconds(createdAt),
    updatedAt: epochSeconds(updatedAt),
  };
}
