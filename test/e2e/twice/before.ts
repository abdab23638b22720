import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Env, PlacedStack } from './assembly';
import type { StandIns } from './stand-ins';
import { resolveIntrinsics } from '../../../src/core/intrinsics';
import type { Emulator } from '../emulator';
import { Registry } from '../registry';
import { Stacks } from '../stacks';

/** Tag that the apps require of repositories that exist before them. A teardown of a prefix can require another one. */
const TAGS = { stage: 'test' };
const REPOSITORY = /^arn:aws:ecr:([^:]+):(\d+):repository\/(.+)$/;

export interface ExistingRepository extends Env {
  readonly app: string;
  readonly name: string;
  /** Action of the app's teardown when the stack is deleted. @default - the repository is kept with its images */
  readonly onStackDelete?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Bootstraps each account as `cdk bootstrap` does, and uploads the assets of all stacks. */
export async function upload(emulator: Emulator, stacks: readonly PlacedStack[]): Promise<void> {
  const places = new Map<string, Stacks>();
  for (const { env, directory, assets } of stacks) {
    const key = JSON.stringify(env);
    if (!places.has(key)) {
      places.set(key, new Stacks(emulator, env));
      await places.get(key)!.bootstrap();
    }
    for (const file of assets) await places.get(key)!.upload(directory, file);
  }
}

/** Creates the resources that the apps expect to exist: repositories with images, secrets, buckets, and roles. */
export async function prepare(emulator: Emulator, standIns: StandIns, stacks: readonly PlacedStack[]): Promise<ExistingRepository[]> {
  const repositories = new Map<string, ExistingRepository & { readonly tag?: string }>();
  const buckets = new Map<string, () => Promise<unknown>>();
  const secrets = new Map<string, () => Promise<unknown>>();
  const roles = new Map<string, () => Promise<unknown>>();
  const created = new Set(stacks.flatMap(({ env, resources }) => Object.values(resources)
    .map(({ Type, Properties }) => Type === 'AWS::IAM::Role' ? `arn:aws:iam::${env.account}:role/${Properties!.RoleName}` : '')));
  for (const { app, env, resources } of stacks) {
    for (const { Type, Properties } of Object.values(resources)) {
      if (!Type.startsWith('Custom::Ecr')) continue;
      const known = { Partition: 'aws', Region: env.region, AccountId: env.account };
      const properties = resolveIntrinsics(Properties, known) as Record<string, any>;
      for (const { arn, ...more } of namedBy(Type, properties, env)) {
        const [, region, account, name] = REPOSITORY.exec(arn) ?? [];
        if (name === undefined) continue;
        const key = `${app} ${arn}`;
        repositories.set(key, { app, name, region, account, ...repositories.get(key), ...more });
      }
      const { AuditBucket: bucket, Source: { SecretArn: secret } = { SecretArn: undefined } } = properties;
      const { RoleArn: role, ExternalId: externalId } = properties;
      if (typeof role === 'string' && !created.has(role)) roles.set(role, () => createRole(emulator, role, externalId));
      if (typeof bucket === 'string') buckets.set(`${env.account} ${bucket}`, () => createBucket(emulator, env, bucket));
      if (typeof secret === 'string') {
        secrets.set(`${env.account} ${secret}`, () => createSecret(emulator, env, secret.split(':secret:')[1]));
      }
    }
  }
  for (const create of [...buckets.values(), ...secrets.values(), ...roles.values()]) await create();
  for (const { app, name, onStackDelete, tag, tags = TAGS, ...env } of repositories.values()) {
    const { local } = standIns.ecr(app);
    if (onStackDelete === undefined) {
      local.seed({ repositoryName: name, account: env.account, region: env.region, tags: TAGS });
      local.addRealImage({ repositoryName: name, account: env.account, region: env.region, tags: [tag ?? 'v1'] });
    } else {
      await createRepository(emulator, env, name, tags);
    }
  }
  return [...repositories.values()];
}

/** Returns the repositories that a custom resource names, with its action on them when its stack is deleted. */
function namedBy(type: string, properties: Record<string, any>, { account, region }: Env) {
  const { RepositoryArn: arn, Source: source, TagOrDigest: tag, Prefix: prefix, OnStackDelete: onStackDelete } = properties;
  if (type === 'Custom::EcrPublicRepository') return [];
  if (type === 'Custom::EcrPrefixTeardown') {
    const tags = { [properties.RequireTagKey as string]: properties.RequireTagValue as string };
    return [{ arn: `arn:aws:ecr:${region}:${account}:repository/${prefix}image`, onStackDelete: 'delete-with-images', tags }];
  }
  const image = typeof tag === 'string' ? { tag } : {};
  if (type === 'Custom::EcrImageCopy') {
    return [{ arn }, { arn: source.RepositoryArn, ...image }].filter(each => typeof each.arn === 'string');
  }
  return typeof arn === 'string' ? [{ arn, ...type === 'Custom::EcrTeardown' ? { onStackDelete } : image }] : [];
}

async function createRepository(emulator: Emulator, env: Env, repositoryName: string, tags: Record<string, string>): Promise<void> {
  const ecr = new ECRClient(emulator.client(env));
  await ecr.send(new CreateRepositoryCommand({ repositoryName, tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }));
  ecr.destroy();
  await (await Registry.login(emulator, env)).pushImage({ repository: repositoryName, tags: ['v1'] });
}

async function createBucket(emulator: Emulator, env: Env, Bucket: string): Promise<void> {
  const s3 = new S3Client({ ...emulator.client(env), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  s3.destroy();
}

/** The emulator finds a secret only by its complete name, so the name has no suffix. */
async function createSecret(emulator: Emulator, env: Env, name: string): Promise<void> {
  const value = JSON.stringify({ username: 'ci', password: 'secret' });
  await emulator.aws(['secretsmanager', 'create-secret', '--name', name, '--secret-string', value], emulator.env(env));
}

/** Creates a role like that of `RepositoryAccessRole`, but with all permissions for ECR. */
async function createRole(emulator: Emulator, arn: string, externalId: string): Promise<void> {
  const [, account, name] = /^arn:aws:iam::(\d{12}):role\/(.+)$/.exec(arn)!;
  const statement = (more: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
  const condition = { StringEquals: { 'sts:ExternalId': externalId } };
  const trust = statement({ Principal: { AWS: '*' }, Action: 'sts:AssumeRole', Condition: condition });
  const env = emulator.env({ account });
  await emulator.aws(['iam', 'create-role', '--role-name', name, '--assume-role-policy-document', trust], env);
  const policy = statement({ Action: 'ecr:*', Resource: '*' });
  await emulator.aws(['iam', 'put-role-policy', '--role-name', name, '--policy-name', 'ecr', '--policy-document', policy], env);
}
