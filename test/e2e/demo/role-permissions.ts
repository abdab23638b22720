import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import * as clientEcr from '@aws-sdk/client-ecr';
import { Bed } from './bed';
import { BYSTANDER_REPOSITORY } from './bystander';
import { contentOf } from './inventory';
import { APP, LEGACY } from './quickstart';
import { Step } from './steps';

const GRANTED = ['DescribeRepositories', 'ListImages', 'ListTagsForResource'];
const READS = /^(BatchCheck|BatchGet|Describe|Get|List|Validate)/;
const NOWHERE = 'no-such/repository';

type Command = new (input: object) => any;

/** Returns every operation of the SDK's ECR client. DeleteRepository is last, because no operation can follow it. */
function operations(): { name: string; command: Command }[] {
  return Object.entries(clientEcr)
    .filter(([name, exported]) => /^[A-Z]\w+Command$/.test(name) && typeof exported === 'function')
    .map(([name, command]) => ({ name: name.replace(/Command$/, ''), command: command as unknown as Command }))
    .sort((a, b) => Number(a.name === 'DeleteRepository') - Number(b.name === 'DeleteRepository') || (a.name < b.name ? -1 : 1));
}

/** Returns a value for every input member of every operation. The client sends only the members that the operation has. */
function inputFor(repositoryName: string, bed: Bed): object {
  const { account, region } = bed.emulator;
  return {
    repositoryName,
    repositoryNames: [repositoryName],
    resourceArn: `arn:aws:ecr:${region}:${account}:repository/${repositoryName}`,
    tags: [{ Key: 'stage', Value: 'other' }],
    tagKeys: ['stage'],
    imageIds: [{ imageTag: 'kept' }],
    imageId: { imageTag: 'kept' },
    subjectId: { imageDigest: `sha256:${'0'.repeat(64)}` },
    imageTag: 'kept',
    imageManifest: '{"schemaVersion":2}',
    policyText: '{"Version":"2012-10-17","Statement":[]}',
    lifecyclePolicyText: '{"rules":[]}',
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    targetStorageClass: 'ARCHIVE',
    uploadId: '11111111-1111-1111-1111-111111111111',
    layerPartBlob: new Uint8Array(1),
    partFirstByte: 0,
    partLastByte: 0,
    layerDigest: `sha256:${'0'.repeat(64)}`,
    layerDigests: [`sha256:${'0'.repeat(64)}`],
    force: true,
    prefix: 'demo',
    appliedFor: ['PULL_THROUGH_CACHE'],
    ecrRepositoryPrefix: 'demo',
    upstreamRegistryUrl: 'public.ecr.aws',
    principalArn: `arn:aws:iam::${account}:role/demo`,
    name: 'BASIC_SCAN_TYPE_VERSION',
    value: 'AWS_NATIVE',
    scanType: 'BASIC',
    rules: [],
    replicationConfiguration: { rules: [] },
    signingConfiguration: { rules: [] },
  };
}

async function outcomeOf(client: clientEcr.ECRClient, command: Command, input: object): Promise<string> {
  try {
    await client.send(new command(input));
    return 'allowed';
  } catch (error) {
    return (error as Error).name;
  }
}

/** Uses the credentials of the deployed function's role on a repository that carries no mark of its stack. */
export async function rolePermissions(step: Step, bed: Bed, roleArn: string): Promise<void> {
  const { Credentials } = await step.during(`$ aws sts assume-role --role-arn ${roleArn} --role-session-name demo`,
    () => bed.emulator.aws(['sts', 'assume-role', '--role-arn', roleArn, '--role-session-name', 'demo']));
  step.note('(The emulator lets the root user assume a role that trusts only Lambda. AWS does not.)');
  const asRole = new clientEcr.ECRClient({
    ...bed.emulator.client(),
    credentials: {
      accessKeyId: Credentials.AccessKeyId, secretAccessKey: Credentials.SecretAccessKey, sessionToken: Credentials.SessionToken,
    },
  });
  const before = {
    bystander: await contentOf(bed, BYSTANDER_REPOSITORY), app: await contentOf(bed, APP), legacy: await contentOf(bed, LEGACY),
  };
  const all = operations();
  const outcomes = new Map<string, string>();
  await step.during(`calling all ${all.length} operations of the ECR client on ${BYSTANDER_REPOSITORY}`
    + ' with these credentials', async () => {
    for (const { name, command } of all) {
      outcomes.set(name, await outcomeOf(asRole, command, inputFor(BYSTANDER_REPOSITORY, bed)));
    }
  });
  const writes = all.filter(({ name }) => !READS.test(name)).map(({ name }) => name);
  const denied = (name: string): boolean => outcomes.get(name) === 'AccessDeniedException';
  await step.check(`all ${writes.length} write operations are denied`, () => {
    deepStrictEqual(Object.fromEntries(writes.filter(name => !denied(name)).map(name => [name, outcomes.get(name)])), {});
    for (const known of ['BatchDeleteImage', 'DeleteRepository', 'PutImage', 'SetRepositoryPolicy', 'TagResource', 'UntagResource']) {
      ok(writes.includes(known), `${known} is not among the operations`);
    }
  });
  const allowed = all.map(({ name }) => name).filter(name => outcomes.get(name) === 'allowed');
  await step.check(`${GRANTED.length} read operations are allowed (${GRANTED.join(', ')}),`
    + ` and the other ${all.length - writes.length - GRANTED.length} are denied`, () => {
    deepStrictEqual(allowed, GRANTED);
    strictEqual(all.filter(({ name }) => denied(name)).length, all.length - GRANTED.length);
  });
  await step.check(`${BYSTANDER_REPOSITORY} is unchanged`, async () =>
    deepStrictEqual(await contentOf(bed, BYSTANDER_REPOSITORY), before.bystander));

  // Without these checks, an emulator that denies everything or lacks the operations would pass too.
  const askRoot = async (): Promise<string[]> => {
    const refused = new Array<string>();
    for (const { name, command } of all) {
      if (await outcomeOf(bed.ecr, command, inputFor(NOWHERE, bed)) === 'AccessDeniedException') {
        refused.push(name);
      }
    }
    await bed.ecr.send(new clientEcr.DeleteRepositoryCommand({ repositoryName: NOWHERE, force: true })).catch(() => {});
    return refused;
  };
  await step.check('none of these operations is denied to the account\'s root user, so the denials come from the policy of the role',
    async () => deepStrictEqual(await askRoot(), []));
  const arn = (name: string): string => `arn:aws:ecr:${bed.emulator.region}:${bed.emulator.account}:repository/${name}`;
  const key = 'cdk-ecr-keeper:teardown-by';
  const untag = (name: string, tagKey: string): Promise<string> =>
    outcomeOf(asRole, clientEcr.UntagResourceCommand as unknown as Command, { resourceArn: arn(name), tagKeys: [tagKey] });
  await step.check(`the role may remove the mark from ${APP}, but no other tag, and no tag from`
    + ` ${BYSTANDER_REPOSITORY}`, async () => {
    strictEqual(await untag(APP, 'no-such-tag'), 'AccessDeniedException');
    strictEqual(await untag(BYSTANDER_REPOSITORY, key), 'AccessDeniedException');
    strictEqual(await untag(APP, key), 'allowed');
    await bed.ecr.send(new clientEcr.TagResourceCommand({ resourceArn: arn(APP), tags: [{ Key: key, Value: before.app!.tags[key] }] }));
  });
  await step.check(`the role may set the mark on ${LEGACY}, but not the owner's tag`, async () => {
    const tag = (Key: string, Value: string): Promise<string> =>
      outcomeOf(asRole, clientEcr.TagResourceCommand as unknown as Command, { resourceArn: arn(LEGACY), tags: [{ Key, Value }] });
    strictEqual(await tag('stage', 'production'), 'AccessDeniedException');
    strictEqual(await tag(key, before.legacy!.tags[key]), 'allowed');
    deepStrictEqual({ app: await contentOf(bed, APP), legacy: await contentOf(bed, LEGACY) }, { app: before.app, legacy: before.legacy });
  });
  step.shows(`${writes.filter(denied).length} of ${writes.length} writes denied, ${allowed.length} reads allowed`);
}
