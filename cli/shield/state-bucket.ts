import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { sendCommand } from '../../lambda/shared/aws/send-command';
import { isAccessDenied, isNamed } from '../../lambda/shared/protocol/errors';
import { ShieldObjects } from '../../lambda/shared/shield/objects';
import { parseJson } from '../../src/core/json';
import { LAST_SUCCESS_KEY, STATE_PREFIX, STOP_KEY } from '../../src/core/shield/keys';
import { describeAnyRefusal, describeFailure, messageOf } from '../aws-refusal';
import { regionOfEnvironment } from '../ecr-client';
import { Failure } from '../failure';
import { actionOf } from '../session/clients';
import { Interrupted } from '../session/interruption';
import type { Session } from '../session/session';

const RUNS_PREFIX = 'runs/';

/** The bucket of an image shield. Each call fails with a `Failure`. */
export class StateBucket {
  private readonly s3: S3Client;
  private readonly objects: ShieldObjects;

  constructor(private readonly session: Session, readonly name: string, region = regionOfEnvironment()) {
    this.s3 = session.clients.s3(region);
    this.objects = new ShieldObjects(session.task, this.s3, name);
  }

  /** Returns undefined if the object does not exist. */
  read(key: string): Promise<string | undefined> {
    return this.attempt(async () => (await this.objects.read(key))?.text);
  }

  /** Returns undefined if the object does not exist or is not JSON. */
  async readJson(key: string): Promise<unknown> {
    const text = await this.read(key);
    return text === undefined ? undefined : parseJson(text);
  }

  /** @returns whether the object was written */
  writeIfAbsent(key: string, text: string): Promise<boolean> {
    return this.attempt(() => this.objects.writeIf(key, text, undefined));
  }

  async remove(key: string): Promise<void> {
    await this.attempt(() => sendCommand(this.session.task, this.s3, DeleteObjectCommand, { Bucket: this.name, Key: key }));
  }

  async keys(prefix: string): Promise<string[]> {
    return this.attempt(() => this.objects.allKeys(prefix));
  }

  /** Returns the names of all runs whose objects still exist, in no order of time. */
  async runs(): Promise<string[]> {
    return this.attempt(async () => {
      const runs = new Array<string>();
      let ContinuationToken: string | undefined;
      do {
        const page = await this.list({ Prefix: RUNS_PREFIX, Delimiter: '/', ContinuationToken });
        for (const { Prefix = '' } of page?.CommonPrefixes ?? []) runs.push(Prefix.slice(RUNS_PREFIX.length, -1));
        ContinuationToken = page?.NextContinuationToken;
      } while (ContinuationToken);
      return runs;
    });
  }

  /** Returns when the object was written, in milliseconds; undefined if it does not exist. */
  async writtenAt(key: string): Promise<number | undefined> {
    const page = await this.attempt(() => this.list({ Prefix: key, MaxKeys: 1 }));
    const [object] = page?.Contents ?? [];
    return object?.Key === key ? object.LastModified?.getTime() : undefined;
  }

  /** @throws Failure if the bucket contains objects, but none of an image shield */
  async requireShield(): Promise<void> {
    for (const prefix of [STATE_PREFIX, RUNS_PREFIX, LAST_SUCCESS_KEY, STOP_KEY]) if (await this.hasKey(prefix)) return;
    if (!await this.hasKey('')) return;
    throw new Failure([`bucket '${this.name}' is not the bucket of an image shield: it has objects, but none below '${STATE_PREFIX}' or`
      + ` '${RUNS_PREFIX}'. Nothing was changed. Specify the bucket of the shield with --bucket`]);
  }

  private async hasKey(prefix: string): Promise<boolean> {
    const page = await this.attempt(() => this.list({ Prefix: prefix, MaxKeys: 1 }));
    return (page?.Contents ?? []).length > 0;
  }

  private list(input: { Prefix: string; Delimiter?: string; MaxKeys?: number; ContinuationToken?: string }) {
    return sendCommand(this.session.task, this.s3, ListObjectsV2Command, { Bucket: this.name, ...input });
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      throw new Failure([describeBucketRefusal(error, this.name)]);
    }
  }
}

/** IAM actions that have another name than their operation. */
const ACTIONS: Readonly<Record<string, string>> = { 's3:ListObjectsV2': 's3:ListBucket' };

/** Describes a failed call to S3 for a user of the command line. */
export function describeBucketRefusal(error: unknown, bucket: string): string {
  const operation = actionOf(error) ?? 'a call to S3';
  const action = ACTIONS[operation] ?? operation;
  if (isNamed(error, 'NoSuchBucket')) return `bucket '${bucket}' not found. Check its name and your AWS profile`;
  if (isNamed(error, 'PermanentRedirect', 'IllegalLocationConstraintException')) {
    return `bucket '${bucket}' is in another Region. Specify that Region with --region`;
  }
  if (isAccessDenied(error)) return `access denied to ${action} on bucket '${bucket}': ${messageOf(error)}`;
  return describeAnyRefusal(error) ?? `bucket '${bucket}': ${describeFailure(action, error)}`;
}
