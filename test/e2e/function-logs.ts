import { CloudWatchLogsClient, paginateDescribeLogGroups, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';

export async function logGroupNames(client: CloudWatchLogsClient): Promise<string[]> {
  const names = new Array<string>();
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    names.push(...logGroups.map(({ logGroupName }) => logGroupName!));
  }
  return names;
}

/** Returns the log lines of a function, oldest first. */
export async function functionLogs(client: CloudWatchLogsClient, logGroupName: string): Promise<string[]> {
  const lines = new Array<string>();
  for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
    lines.push(...events.map(({ message }) => message!));
  }
  return lines;
}
