import {
  DeleteLifecyclePolicyCommand, DeleteRepositoryPolicyCommand, ECRClient, GetLifecyclePolicyCommand, GetLifecyclePolicyPreviewCommand,
  GetRepositoryPolicyCommand, PutLifecyclePolicyCommand, SetRepositoryPolicyCommand, StartLifecyclePolicyPreviewCommand,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { errorOf, startForEachTest } from './test-client';

const repositoryName = 'app';
const ARN = `arn:aws:ecr:us-east-1:000000000000:repository/${repositoryName}`;
const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }] });
const lifecyclePolicyText = JSON.stringify({
  rules: [{
    rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 }, action: { type: 'expire' },
  }],
});
const COMMANDS: Record<string, (client: ECRClient) => Promise<unknown>> = {
  SetRepositoryPolicy: client => client.send(new SetRepositoryPolicyCommand({ repositoryName, policyText })),
  GetRepositoryPolicy: client => client.send(new GetRepositoryPolicyCommand({ repositoryName })),
  DeleteRepositoryPolicy: client => client.send(new DeleteRepositoryPolicyCommand({ repositoryName })),
  PutLifecyclePolicy: client => client.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText })),
  GetLifecyclePolicy: client => client.send(new GetLifecyclePolicyCommand({ repositoryName })),
  DeleteLifecyclePolicy: client => client.send(new DeleteLifecyclePolicyCommand({ repositoryName })),
  StartLifecyclePolicyPreview: client => client.send(new StartLifecyclePolicyPreviewCommand({ repositoryName })),
  GetLifecyclePolicyPreview: client => client.send(new GetLifecyclePolicyPreviewCommand({ repositoryName })),
};
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest(async (started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName, policyText, lifecyclePolicyText });
  await COMMANDS.StartLifecyclePolicyPreview(client);
  ecr.endPreview(repositoryName, 'COMPLETE');
  ecr.clearCalls();
}, { accessKeyId: 'role' });

describe.each(Object.entries(COMMANDS))('%s', (operation, send) => {
  test('is authorized as the IAM action of the same name on the repository', async () => {
    ecr.principal('role', {
      policy: [{
        Effect: 'Allow', Action: Object.keys(COMMANDS).filter(other => other !== operation).map(other => `ecr:${other}`), Resource: '*',
      }],
    });
    expect(await errorOf(send(client))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`is not authorized to perform: ecr:${operation} on resource: ${ARN} `),
    });
    ecr.principal('role', { policy: [{ Effect: 'Allow', Action: `ecr:${operation}`, Resource: ARN }] });
    await send(client);
    expect(ecr.granted('role')).toHaveLength(1);
  });

  test('fails without an effect with faults and rate limits, and is logged', async () => {
    const before = ecr.repository(repositoryName);
    ecr.faults.add({ kind: 'throttle' }, { kind: 'serverError' }, { kind: 'accessDenied' }, { kind: 'kms' });
    for (let n = 0; n < 4; n += 1) await errorOf(send(client));
    expect(ecr.repository(repositoryName)).toEqual(before);
    ecr.limitRate({ operation, perSecond: 0.001, burst: 1 });
    await send(client);
    await errorOf(send(client));
    expect(ecr.calls.map(call => [call.operation, call.repositoryName, call.outcome])).toEqual(
      ['ThrottlingException', 'ServerException', 'AccessDeniedException', 'LocalServiceDefect', 'ok', 'ThrottlingException']
        .map(outcome => [operation, repositoryName, outcome]));
  });

  test('fails for a missing repository', async () => {
    ecr.vanish(repositoryName);
    await expect(send(client)).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  });
});
