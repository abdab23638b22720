import { CustomResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allowServiceLinkedRole } from './service-linked-role';
import { CACHE_SERVICE, upstreamPrefix, upstreamRole, UpstreamSource, upstreamUrl } from './upstream';
import { UPSTREAMS } from '../../core/upstreams';
import { encodePullThroughCache, PULL_THROUGH_CACHE_RESOURCE_TYPE } from '../../core/wire/pull-through-cache';
import { PULL_THROUGH_CACHE_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { readSecret } from '../images/copy-source';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html */
const RULE_ACTIONS = [
  'ecr:CreatePullThroughCacheRule', 'ecr:UpdatePullThroughCacheRule', 'ecr:DeletePullThroughCacheRule',
  'ecr:DescribePullThroughCacheRules', 'ecr:ValidatePullThroughCacheRule',
];

/** Creates the custom resource of a rule. The scope contains the prefix in its id, so that another prefix is another resource. */
export function cacheRule(scope: Construct, prefix: string, source: UpstreamSource): CustomResource {
  const handler = HandlerFunction.of(scope, PULL_THROUGH_CACHE_FUNCTION);
  handler.allowOnAnyResource(RULE_ACTIONS);
  // https://docs.aws.amazon.com/AmazonECR/latest/userguide/slr-pullthroughcache.html
  allowServiceLinkedRole(handler, CACHE_SERVICE, 'AWSServiceRoleForECRPullThroughCache');
  const secret = source.kind === 'ecr' ? undefined : source.secret;
  // Amazon ECR checks the secret with the permissions of whoever creates the rule, as those of AWS::ECR::PullThroughCacheRule show
  if (secret) readSecret(handler, secret);
  const role = source.kind === 'ecr' ? upstreamRole(scope, prefix, source) : undefined;
  if (role) allowPassing(handler, role);
  const resource = handler.customResource(scope, 'Resource', PULL_THROUGH_CACHE_RESOURCE_TYPE, encodePullThroughCache({
    prefix,
    upstreamRegistry: UPSTREAMS[source.kind].registry,
    upstreamUrl: upstreamUrl(scope, source),
    upstreamPrefix: source.kind === 'ecr' ? upstreamPrefix(source) : undefined,
    credentialArn: secret && (secret.secretFullArn ?? secret.secretArn),
    roleArn: role?.roleArn,
  }));
  // a role of the app may have no policy of its own
  const policy = role?.node.tryFindChild('DefaultPolicy');
  if (policy) resource.node.addDependency(policy);
  return resource;
}

/** UNCERTAIN: which of the two services a role is passed to. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html */
function allowPassing(handler: HandlerFunction, role: iam.IRole): void {
  handler.allowOnce(new iam.PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [role.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': [CACHE_SERVICE, 'ecr.amazonaws.com'] } },
  }));
}
