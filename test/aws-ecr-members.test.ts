import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * What `Repository` inherits from aws-ecr, each member decided: `works` on an owned repository as it does there, or is `ours`.
 * A member that a newer aws-cdk-lib adds turns this red until somebody has looked at it.
 */
const DECIDED = {
  // statics
  'static fromLookup': 'ours',
  'static fromRepositoryArn': 'ours',
  'static fromRepositoryAttributes': 'ours',
  'static fromRepositoryName': 'ours',
  'static arnForLocalRepository': 'works', // formats, promises nothing
  'static isOwnedResource': 'works',
  'static isResource': 'works',
  'static isConstruct': 'works',
  'static PROPERTY_INJECTION_ID': 'works', // injectors for aws-ecr's class apply to ours, before our defaults
  // changes
  'applyCrossStackReferenceStrength': 'works', // how other stacks refer to this one
  'addLifecycleRule': 'ours', // merges, or throws beside a whole `lifecycle`
  'addToResourcePolicy': 'works', // the native RepositoryPolicyText
  'applyRemovalPolicy': 'works', // looked at once more after everything else
  'with': 'works', // mixins: what they set natively is looked at once more
  // grants: native statements, or the identity side
  'grant': 'works',
  'grantPull': 'works',
  'grantPullPush': 'works',
  'grantPush': 'works',
  'grantRead': 'works',
  // events
  'onCloudTrailEvent': 'works',
  'onCloudTrailImagePushed': 'works', // and remembers the tag
  'onEvent': 'works',
  'onImageScanCompleted': 'works', // basic scanning only, as its documentation says
  // attributes
  'env': 'works',
  'node': 'works',
  'physicalName': 'ours', // the name as given, where aws-ecr was shown a stand-in
  'registryUri': 'works',
  'repositoryArn': 'works',
  'repositoryName': 'works',
  'repositoryRef': 'works',
  'repositoryUri': 'works',
  'repositoryUriForDigest': 'works',
  'repositoryUriForTag': 'works', // and remembers the tag
  'repositoryUriForTagOrDigest': 'works',
  'stack': 'works',
  'toString': 'works',
  'generatePhysicalName': 'works',
  'getResourceArnAttribute': 'works',
  'getResourceNameAttribute': 'works',
  // props
  'props autoDeleteImages': 'ours', // throws beside `teardown`
  'props emptyOnDelete': 'ours', // throws beside `teardown`
  'props encryption': 'ours', // KMS_DSSE too
  'props encryptionKey': 'ours',
  'props imageScanOnPush': 'ours', // true by default
  'props imageTagMutability': 'ours', // IMMUTABLE by default
  'props imageTagMutabilityExclusionFilters': 'ours', // alone they mean IMMUTABLE_WITH_EXCLUSION
  'props lifecycleRegistryId': 'works',
  'props lifecycleRules': 'ours', // throws beside `lifecycle`
  'props removalPolicy': 'ours', // throws where it contradicts `teardown`
  'props repositoryName': 'ours', // all that ECR accepts
} as const;

interface JsiiType {
  readonly base?: string;
  readonly interfaces?: string[];
  readonly methods?: Array<{ name: string; static?: boolean }>;
  readonly properties?: Array<{ name: string; static?: boolean }>;
}

function assembly(packageName: string): Record<string, JsiiType> {
  const packed = readFileSync(join(__dirname, '..', 'node_modules', packageName, '.jsii.gz'));
  return JSON.parse(gunzipSync(packed).toString()).types;
}

function members(types: Record<string, JsiiType>, fqn: string): string[] {
  const type = types[fqn] ?? JSON.parse(readFileSync(require.resolve('constructs/.jsii'), 'utf8')).types[fqn];
  const inherited = [type.base, ...type.interfaces ?? []].filter(parent => parent !== undefined)
    .flatMap(parent => members(types, parent));
  return [
    ...inherited, ...[...type.methods ?? [], ...type.properties ?? []].map(member => `${member.static ? 'static ' : ''}${member.name}`),
  ];
}

test.each([['aws-cdk-lib'], ['aws-cdk-lib-newest']])('every member of aws-ecr\'s Repository is decided: %s', packageName => {
  const types = assembly(packageName);
  const found = new Set([
    ...members(types, 'aws-cdk-lib.aws_ecr.Repository'),
    ...members(types, 'aws-cdk-lib.aws_ecr.RepositoryProps').map(name => `props ${name}`),
  ]);
  expect([...found].filter(name => !Object.hasOwn(DECIDED, name))).toEqual([]);
  if (packageName === 'aws-cdk-lib-newest') expect(Object.keys(DECIDED).filter(name => !found.has(name))).toEqual([]);
});
