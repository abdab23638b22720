import { GetFunctionCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { Reference, referenceTo } from './reference';
import { isNamed } from '../errors';
import type { Task } from '../job';
import { untilAllowed } from '../permission';

/** Functions that are container images, every published version of them: a version keeps its image for as long as it exists. */
export async function usedByLambda(task: Task, lambda: LambdaClient, repositoryArn: string): Promise<Reference[]> {
  const references = new Array<Reference>();
  let Marker: string | undefined;
  do {
    task.progress(`listing Lambda functions (${references.length} use the repository so far)`);
    const input = { Marker, FunctionVersion: 'ALL' } as const;
    const page = await untilAllowed(task, () => lambda.send(new ListFunctionsCommand(input), { abortSignal: task.signal }));
    for (const { FunctionName, PackageType, Version } of page?.Functions ?? []) {
      if (PackageType === 'Image' && FunctionName) references.push(...await imageOf(task, lambda, repositoryArn, FunctionName, Version));
    }
    Marker = page?.NextMarker;
  } while (Marker);
  return references;
}

/** ListFunctions does not tell the image. The answer also holds the function's environment, of which nothing is kept or logged. */
async function imageOf(
  task: Task, lambda: LambdaClient, repositoryArn: string, FunctionName: string, Qualifier?: string,
): Promise<Reference[]> {
  try {
    const answer = await untilAllowed(task, () => lambda.send(new GetFunctionCommand({ FunctionName, Qualifier }), { abortSignal: task.signal }));
    const { ImageUri, ResolvedImageUri } = answer?.Code ?? {};
    const usedBy = `Lambda function ${FunctionName}${Qualifier && Qualifier !== '$LATEST' ? `:${Qualifier}` : ''}`;
    const reference = referenceTo(repositoryArn, ImageUri, usedBy, ResolvedImageUri?.split('@')[1]);
    return reference ? [reference] : [];
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return []; // deleted since it was listed
    throw error;
  }
}
