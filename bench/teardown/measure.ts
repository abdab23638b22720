import { DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import type { Case } from './cases';
import { useImageTokens } from './image-tokens';
import type { Invoker } from './invoke';
import { REPOSITORY, Side } from './sides';
import { LocalCloudFormation } from '../../test/local-cloudformation/local-cloudformation';
import { ResponseEndpoint } from '../../test/local-cloudformation/response-endpoint';
import { LocalEcr } from '../../test/local-ecr/local-ecr';
import { Principals } from '../../test/local-ecr/principals';
import type { RateLimits } from '../../test/local-ecr/rate-limits';

export interface Measurement {
  readonly shape: string;
  readonly images: number;
  readonly side: string;
  readonly left: number;
  readonly reported: 'SUCCESS' | 'FAILED' | 'nothing';
  readonly reason: string;
  readonly cloudFormationsDelete: 'ok' | 'failed' | 'not reached';
  readonly ecrCalls: number;
  readonly throttled: number;
  readonly cloudFormationCalls: number;
  readonly seconds?: number;
  readonly peakMB?: number;
}

export interface Conditions {
  readonly latencyMs: number;
  readonly timeoutMs: number;
}

const ROLE = 'BENCHROLE';
const LIMITED = ['ListTagsForResource', 'DescribeRepositories', 'ListImages', 'BatchDeleteImage', 'DeleteRepository'];

/** Deletes a stack with one repository: first the handler in its own process, and then the deletion by CloudFormation. */
export async function measure(invoker: Invoker, side: Side, subject: Case, conditions: Conditions): Promise<Measurement> {
  const principals = new Principals();
  principals.define(ROLE, { policy: side.policy });
  const ecr = await LocalEcr.start({ principals, latencyMs: conditions.latencyMs });
  const cloudFormation = await LocalCloudFormation.start({ principals, latencyMs: conditions.latencyMs });
  const responses = await ResponseEndpoint.start({ principals });
  try {
    const stack = cloudFormation.stack(side.stackId);
    for (const status of ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS']) stack.status(status);
    prepare(ecr, side, subject);
    const { logicalId, type, properties } = side.resource;
    const { RepositoryLogicalId } = properties;
    if (RepositoryLogicalId) stack.resource(String(RepositoryLogicalId), { type: 'AWS::ECR::Repository', physicalId: REPOSITORY });
    const event = {
      RequestType: 'Delete',
      RequestId: 'bench',
      ResponseURL: responses.url('bench'),
      StackId: side.stackId,
      ResourceType: type,
      LogicalResourceId: logicalId,
      PhysicalResourceId: `${side.stackId.split('/')[2]}:${logicalId}`,
      ResourceProperties: properties,
    };
    const cost = await invoker.invoke({ bundle: side.bundle, event, timeoutMs: conditions.timeoutMs }, environment(ecr, cloudFormation));
    const answer = responses.accepted[0]?.json as { Status: 'SUCCESS' | 'FAILED'; Reason: string } | undefined;
    const calls = ecr.calls;
    return {
      shape: subject.shape,
      images: subject.images,
      side: side.name,
      left: ecr.images(REPOSITORY),
      reported: answer?.Status ?? 'nothing',
      reason: answer?.Reason ?? cost?.error ?? 'no response before the timeout',
      ecrCalls: calls.length,
      throttled: calls.filter(call => call.outcome === 'ThrottlingException').length,
      cloudFormationCalls: cloudFormation.calls.length,
      seconds: cost?.seconds,
      peakMB: cost?.peakMB,
      // CloudFormation first waits for the custom resource, which depends on the repository.
      cloudFormationsDelete: answer?.Status === 'SUCCESS' ? await deleteUnforced(ecr) : 'not reached',
    };
  } finally {
    await Promise.all([ecr.stop(), cloudFormation.stop(), responses.stop()]);
  }
}

function prepare(ecr: LocalEcr, side: Side, { images, seed, tokens, gone, perSecond }: Case): void {
  if (tokens === 'images') useImageTokens(ecr);
  ecr.seed({ ...seed, images, repositoryName: REPOSITORY, tags: side.repositoryTags });
  if (gone) ecr.vanish(REPOSITORY);
  const { rateLimits } = ecr as unknown as { readonly rateLimits: RateLimits };
  for (const operation of perSecond === undefined ? [] : LIMITED) {
    ecr.limitRate({ operation, perSecond: perSecond! });
    while (rateLimits.admits(operation, 'us-east-1'));
  }
}

function environment(ecr: LocalEcr, cloudFormation: LocalCloudFormation): Record<string, string> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: ROLE,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_ECR: ecr.endpoint,
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
  };
}

/** Deletes a repository like CloudFormation: never by force, and with success if it no longer exists. */
async function deleteUnforced(ecr: LocalEcr): Promise<'ok' | 'failed'> {
  ecr.limitRate({ operation: 'DeleteRepository', perSecond: Infinity });
  const client = new ECRClient({
    endpoint: ecr.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'CLOUDFORMATION', secretAccessKey: 'local' },
  });
  try {
    await client.send(new DeleteRepositoryCommand({ repositoryName: REPOSITORY }));
    return 'ok';
  } catch (error) {
    const { name } = error as Error;
    if (name === 'RepositoryNotFoundException') return 'ok';
    if (name === 'RepositoryNotEmptyException') return 'failed';
    throw error;
  } finally {
    client.destroy();
  }
}
