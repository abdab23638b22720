import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { forOneCall } from './call-task';
import { sendCommand } from '../../../lambda/shared/aws/send-command';
import type { Task } from '../../../lambda/shared/protocol/job';
import type { FindCredentials } from '../../session/clients';
import type { RoleOfReport } from '../order';

type Credentials = Awaited<ReturnType<FindCredentials>>;

/** A client asks for new credentials 5 minutes before the others expire. */
const LEAD = 6 * 60_000;

/** Returns credentials of the role, and assumes it again before they expire. All clients share them. */
export function credentialsOfRole(task: Task, sts: STSClient, { arn: RoleArn, externalId: ExternalId }: RoleOfReport): FindCredentials {
  let latest: Promise<Credentials> | undefined;
  let isValidUntil = 0;
  const assume = async (): Promise<Credentials> => {
    const input = { RoleArn, ExternalId, RoleSessionName: 'cdk-ecr-keeper' };
    const answer = await sendCommand(forOneCall(task), sts, AssumeRoleCommand, input);
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken, Expiration } = answer?.Credentials ?? {};
    isValidUntil = Expiration?.getTime() ?? 0;
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken, expiration: Expiration };
  };
  return () => {
    if (!latest || task.clock.now() + LEAD > isValidUntil) {
      isValidUntil = Infinity; // until the answer arrives, the other clients wait for it
      latest = assume();
      latest.catch(() => { latest = undefined; });
    }
    return latest;
  };
}
