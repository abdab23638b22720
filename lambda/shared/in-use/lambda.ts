import { GetFunctionCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { Use } from './reference';
import { sendCommand } from '../aws/send-command';
import { isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** Returns the images of functions, of every published version: a version keeps its image for as long as it exists. */
export async function usedByLambda(task: Task, lambda: LambdaClient): Promise<Use[]> {
  const uses = new Array<Use>();
  let Marker: string | undefined;
  do {
    task.progress(`listing Lambda functions (${uses.length} with an image so far)`);
    const input = { Marker, FunctionVersion: 'ALL' } as const;
    const page = await sendCommand(task, lambda, ListFunctionsCommand, input);
    for (const { FunctionName, PackageType, Version } of page?.Functions ?? []) {
      if (PackageType === 'Image' && FunctionName) uses.push(...await imageOf(task, lambda, FunctionName, Version));
    }
    Marker = page?.NextMarker;
  } while (Marker);
  return uses;
}

/** ListFunctions does not return the image. The response also has the function's environment, which is never kept or logged. */
async function imageOf(
  task: Task, lambda: LambdaClient, FunctionName: string, Qualifier?: string,
): Promise<Use[]> {
  try {
    const answer = await sendCommand(task, lambda, GetFunctionCommand, { FunctionName, Qualifier });
    const { ImageUri, ResolvedImageUri } = answer?.Code ?? {};
    const usedBy = `Lambda function ${FunctionName}${Qualifier && Qualifier !== '$LATEST' ? `:${Qualifier}` : ''}`;
    return [{ image: ImageUri, resolvedDigest: ResolvedImageUri?.split('@')[1], usedBy }];
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return []; // deleted since it was listed
    throw error;
  }
}
