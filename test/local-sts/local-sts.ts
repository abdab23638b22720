/** A local AWS STS: roles that a handler assumes, and who the caller is. Behavior and sources: README.md. */
import { randomBytes } from 'node:crypto';
import { requiredName, required } from './constraints';
import { trusts, Trust } from './trust';
import { queryWire } from '../local-cloudformation/query-wire';
import { AwsError } from '../local-ecr/aws-error';
import type { IamStatement } from '../local-ecr/iam';
import { LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import type { Principal } from '../local-ecr/principal';

export type { Trust };

export interface RoleProps {
  readonly trust: Trust;
  /** Policy of the sessions of the role. @default - everything is allowed, as in an account without IAM */
  readonly policy?: readonly IamStatement[];
  /** Seconds. @default 3600 */
  readonly maxSessionDuration?: number;
}

/** One successful AssumeRole. */
export interface Session {
  readonly accessKeyId: string;
  readonly roleArn: string;
  readonly sessionName: string;
  /** Access key of the caller. */
  readonly caller: string;
}

const VERSION = '2011-06-15';
const MEMBERS = new Set(['RoleArn', 'RoleSessionName', 'ExternalId', 'DurationSeconds']);

export class LocalSts extends LocalService {
  static async start(options: LocalServiceOptions = {}): Promise<LocalSts> {
    const sts = new LocalSts(options);
    await sts.listen();
    return sts;
  }

  /** Oldest first; for `granted`, `revive` and `principals.kill`. */
  readonly sessions = new Array<Session>();
  private readonly roles = new Map<string, RoleProps>();

  private constructor(options: LocalServiceOptions) {
    super(queryWire('sts', VERSION, `https://sts.amazonaws.com/doc/${VERSION}/`), options);
  }

  /** Creates or changes a role. Existing sessions do not change. */
  role(arn: string, props: RoleProps): void {
    readRoleArn(arn);
    this.roles.set(arn, props);
  }

  /** Deletes the role. */
  deleteRole(arn: string): void {
    this.roles.delete(arn);
  }

  protected perform(request: ServiceRequest): object {
    const { operation, input, accessKeyId, fault } = request;
    if (operation === 'GetCallerIdentity') return this.getCallerIdentity(accessKeyId);
    if (operation !== 'AssumeRole') throw new AwsError('InvalidAction', `The action ${operation} is not valid for this web service.`);
    if (fault?.kind === 'kms' || fault?.kind === 'imageFailure') throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    const unknown = Object.keys(input).filter(member => !MEMBERS.has(member));
    if (unknown.length > 0) throw new Error(`${unknown.join(', ')} of AssumeRole is not modelled`);

    const roleArn = required(input.RoleArn, 'roleArn');
    const sessionName = requiredName(input.RoleSessionName, 'roleSessionName', '[\\w+=,.@-]*', 64);
    const externalId = input.ExternalId === undefined ? undefined : requiredName(input.ExternalId, 'externalId', '[\\w+=,.@:\\/-]*', 1224);
    const { partition, account, name } = readRoleArn(roleArn);
    const caller = this.principals.find(accessKeyId);
    const role = this.roles.get(roleArn);
    if (!role && this.readings.isOther('assume-missing-role')) throw new AwsError('NoSuchEntity', `The role ${name} cannot be found.`, 404);
    if (!role || !trusts(role.trust, caller, externalId)) {
      throw new AwsError('AccessDenied', `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`, 403);
    }
    this.principals.authorise(accessKeyId, [{
      action: 'sts:AssumeRole',
      resource: roleArn,
      context: { 'sts:RoleSessionName': sessionName, ...externalId === undefined ? {} : { 'sts:ExternalId': externalId } },
    }]);
    const seconds = duration(input.DurationSeconds, role, caller);

    const session: Session = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`, roleArn, sessionName, caller: accessKeyId,
    };
    const arn = `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}`;
    this.principals.define(session.accessKeyId, { account, arn, roleArn, ...role.policy ? { policy: role.policy } : {} });
    this.sessions.push(session);
    return {
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: randomBytes(30).toString('base64'),
        SessionToken: randomBytes(96).toString('base64'),
        Expiration: new Date(this.now().getTime() + seconds * 1000),
      },
      AssumedRoleUser: { AssumedRoleId: `AROALOCAL:${sessionName}`, Arn: arn },
    };
  }

  /** No policy can deny it. */
  private getCallerIdentity(accessKeyId: string): object {
    const { account, arn } = this.principals.find(accessKeyId);
    return { UserId: 'AIDALOCAL', Account: account, Arn: arn };
  }
}

function readRoleArn(arn: string): { partition: string; account: string; name: string } {
  const [, partition, account, name] = /^arn:([^:]+):iam::(\d{12}):role\/(?:[^*]*\/)?([\w+=,.@-]{1,64})$/.exec(arn) ?? [];
  if (!name) throw new AwsError('ValidationError', `${arn} is invalid`);
  return { partition, account, name };
}

/** A session that assumes a role (chaining) gets at most one hour, regardless of the role. */
function duration(value: unknown, { maxSessionDuration = 3600 }: RoleProps, caller: Principal): number {
  if (value === undefined) return 3600;
  const seconds = Number(value);
  const fail = (sentence: string): never => { throw new AwsError('ValidationError', sentence); };
  const outside = (bound: string) => `1 validation error detected: Value '${String(value)}' at 'durationSeconds' failed to satisfy`
    + ` constraint: Member must have value ${bound}`;
  if (!Number.isInteger(seconds) || seconds < 900) fail(outside('greater than or equal to 900'));
  if (seconds > 43_200) fail(outside('less than or equal to 43200'));
  if (caller.arn.includes(':assumed-role/') && seconds > 3600) {
    fail('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining');
  }
  if (seconds > maxSessionDuration) fail('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  return seconds;
}
