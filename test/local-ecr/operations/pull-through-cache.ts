import { AwsError } from '../aws-error';
import { CacheRule, cachePrefixOf, readCacheRule, withCredentials } from '../cache-rules';
import { integer, list, optionalText } from '../constraints';
import { epochSeconds } from '../epoch-seconds';
import type { IamRequest } from '../iam';
import type { Input } from '../local-service';
import type { EcrRequest, Operation } from '../operation';

const MAX_RULES = 50;

export const createPullThroughCacheRule: Operation = {
  needs: ({ input, registry }) => [
    ...onAll('CreatePullThroughCacheRule'),
    ...passedRole(input),
    ...registry.cacheRules.size > 0 ? [] : [{
      action: 'iam:CreateServiceLinkedRole',
      resource: `arn:aws:iam::${registry.account}:role/aws-service-role/pullthroughcache.ecr.amazonaws.com`
        + '/AWSServiceRoleForECRPullThroughCache',
      context: { 'iam:AWSServiceName': 'pullthroughcache.ecr.amazonaws.com' },
    }],
  ],
  run: request => {
    const { input, registry, readings, now } = request;
    const rule = readCacheRule(input, registry, readings, now());
    if (registry.cacheRules.has(rule.prefix)) {
      throw new AwsError('PullThroughCacheRuleAlreadyExistsException',
        `The pull through cache rule with the prefix '${rule.prefix}' already exists in the registry with id '${registry.account}'`);
    }
    if (registry.cacheRules.size >= MAX_RULES) {
      throw new AwsError('LimitExceededException', `The maximum number of pull through cache rules per registry, ${MAX_RULES}, is reached`);
    }
    checkSecret(rule, request);
    registry.cacheRules.set(rule.prefix, rule);
    const { updatedAt, ...created } = render(rule, request);
    return created;
  },
};

export const updatePullThroughCacheRule: Operation = {
  needs: ({ input }) => [...onAll('UpdatePullThroughCacheRule'), ...passedRole(input)],
  run: request => {
    const { input, registry, readings, now } = request;
    const rule = withCredentials(find(request), input, registry, readings, now());
    if (input.credentialArn !== undefined) checkSecret(rule, request);
    registry.cacheRules.set(rule.prefix, rule);
    const { upstreamRegistryUrl, upstreamRegistry, createdAt, ...updated } = render(rule, request);
    return updated;
  },
};

export const deletePullThroughCacheRule: Operation = {
  needs: () => onAll('DeletePullThroughCacheRule'),
  run: request => {
    const rule = find(request);
    request.registry.cacheRules.delete(rule.prefix);
    const { upstreamRegistry, updatedAt, ...deleted } = render(rule, request);
    return deleted;
  },
};

export const describePullThroughCacheRules: Operation = {
  needs: () => onAll('DescribePullThroughCacheRules'),
  run: request => {
    const { input, registry, tokens, operation } = request;
    const wanted = list<unknown>('ecrRepositoryPrefixes', input.ecrRepositoryPrefixes, 1, 100)?.map(prefix => cachePrefixOf(prefix));
    const size = integer('maxResults', input.maxResults, 1, 1000) ?? 100;
    const all = wanted ? wanted.map(prefix => existing(request, prefix)) : [...registry.cacheRules.values()];
    const scope = `${operation} ${registry.account} ${registry.region} ${wanted?.join(' ')}`;
    const [from] = tokens.open(scope, optionalText('nextToken', input.nextToken)) ?? [0];
    const until = from + size;
    return {
      pullThroughCacheRules: all.slice(from, until).map(rule => render(rule, request)),
      ...until < all.length ? { nextToken: tokens.seal(scope, [until]) } : {},
    };
  },
};

export const validatePullThroughCacheRule: Operation = {
  needs: () => onAll('ValidatePullThroughCacheRule'),
  prepare: request => request.cache!.validate(find(request)),
  run: request => {
    const rule = find(request);
    const { upstreamRegistry, createdAt, updatedAt, ...validated } = render(rule, request);
    return { ...validated, ...request.cache!.validationOf(rule) };
  },
};

/** These actions have no resource (service authorization reference). */
function onAll(action: string): IamRequest[] {
  return [{ action: `ecr:${action}`, resource: '*' }];
}

function passedRole({ customRoleArn }: Input): IamRequest[] {
  if (typeof customRoleArn !== 'string') return [];
  return [{ action: 'iam:PassRole', resource: customRoleArn, context: { 'iam:PassedToService': 'pullthroughcache.ecr.amazonaws.com' } }];
}

function find(request: EcrRequest): CacheRule {
  return existing(request, cachePrefixOf(request.input.ecrRepositoryPrefix));
}

function existing({ registry }: EcrRequest, prefix: string): CacheRule {
  const rule = registry.cacheRules.get(prefix);
  if (rule) return rule;
  throw new AwsError('PullThroughCacheRuleNotFoundException',
    `The pull through cache rule with the prefix '${prefix}' was not found in the registry with id '${registry.account}'`);
}

function checkSecret({ credentialArn }: CacheRule, request: EcrRequest): void {
  if (credentialArn !== undefined) request.cache!.secrets.check(credentialArn, request);
}

function render({ prefix, upstreamUrl, upstreamRegistry, upstreamPrefix, ...rule }: CacheRule, { registry }: EcrRequest) {
  const { credentialArn, customRoleArn, createdAt, updatedAt } = rule;
  return {
    ecrRepositoryPrefix: prefix,
    upstreamRegistryUrl: upstreamUrl,
    upstreamRegistry,
    upstreamRepositoryPrefix: upstreamPrefix,
    registryId: registry.account,
    ...credentialArn === undefined ? {} : { credentialArn },
    ...customRoleArn === undefined ? {} : { customRoleArn },
    createdAt: epochSeconds(createdAt),
    updatedAt: epochSeconds(updatedAt),
  };
}
