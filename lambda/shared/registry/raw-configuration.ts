import { DescribeRegistryCommand, PutReplicationConfigurationCommand } from '@aws-sdk/client-ecr';
import { OperationError } from '../protocol/errors';

/**
 * The SDK drops members of a replication rule that its model does not have, in requests and in responses. One of them is
 * `deleteReplication`, so a rule that is read and written with the SDK would stop the replication of deletions. These commands send and
 * return the rules as JSON. Everything else is up to the SDK: signatures, credentials, retries, and errors.
 *
 * When the SDK has the member, test/lambda/shared/registry/replication-rules.test.ts fails, and this file is not needed any more.
 */

/** The largest configuration, which has 25 rules with 25 destinations and 100 filters of 256 characters each, has about 800 KB. */
const LARGEST_RESPONSE = 1024 * 1024;

interface Exchange {
  readonly statusCode: number;
  body?: unknown;
}

export type RawRules = ReadonlyArray<Readonly<Record<string, unknown>>>;

/** @returns the command, and a function that returns the rules of its last response */
export function describeRegistryCommand(): readonly [DescribeRegistryCommand, () => RawRules] {
  const command = new DescribeRegistryCommand({});
  let rules: RawRules = [];
  command.middlewareStack.add(next => async args => {
    const result = await next(args);
    const response = result.response as Exchange;
    if (response.statusCode < 300) {
      const bytes = await readBody(response.body);
      rules = rulesIn(bytes.toString());
      response.body = bytes;
    }
    return result;
  }, { step: 'deserialize', priority: 'low', name: 'keepRawRules' }); // of the lowest priority: before the SDK reads the body
  return [command, () => rules];
}

export function putReplicationConfigurationCommand(rules: RawRules): PutReplicationConfigurationCommand {
  const command = new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [] } });
  command.middlewareStack.add(next => args => {
    Object.assign(args.request as Exchange, { body: JSON.stringify({ replicationConfiguration: { rules } }) });
    return next(args);
  }, { step: 'build', priority: 'high', name: 'sendRawRules' }); // of a high priority: before the SDK counts and signs the bytes
  return command;
}

async function readBody(body: unknown): Promise<Buffer> {
  const chunks = new Array<Uint8Array>();
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > LARGEST_RESPONSE) throw unreadable('has more than 1 MiB'); // ends the loop, which destroys the stream
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function rulesIn(text: string): RawRules {
  let response: unknown;
  try {
    response = JSON.parse(text);
  } catch {
    throw unreadable('is not JSON');
  }
  const rules = memberOf(memberOf(response, 'replicationConfiguration'), 'rules') ?? [];
  if (!Array.isArray(rules) || !rules.every(rule => typeof rule === 'object' && rule !== null && !Array.isArray(rule))) {
    throw unreadable('has no list of replication rules');
  }
  return rules as RawRules;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function unreadable(what: string): OperationError {
  return new OperationError(`The response of ECR to DescribeRegistry ${what}, so the replication rules of the registry are not known.`
    + ' Nothing was changed. Check a proxy or VPC endpoint between the function and ECR, then try again.');
}
