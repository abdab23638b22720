import { dirname, join, resolve } from 'node:path';
import type { DeclaredStack } from './cloud-assembly';
import { readJsonObject, textOf } from './json-file';
import { isJsonObject, JsonObject } from '../../src/core/json';
import { Failure } from '../failure';

/** An `AWS::ECR::Repository` of a template. */
export interface DeclaredRepository {
  readonly stack: DeclaredStack;
  /** Whether a nested stack of the stack declares it. */
  readonly isNested: boolean;
  readonly logicalId: string;
  /** Undefined if the name is generated or unknown until deployment. */
  readonly name?: string;
  /** Properties in the template, including intrinsic functions. */
  readonly properties: JsonObject;
  readonly deletionPolicy?: string;
  /** The condition of the template under which the repository is created. */
  readonly condition?: string;
  /** Path of the construct, such as `Shop/App/Resource`. */
  readonly constructPath?: string;
}

export const REPOSITORY_TYPE = 'AWS::ECR::Repository';
const NESTED_STACK_TYPE = 'AWS::CloudFormation::Stack';

/** Lists the repositories of a stack and its nested stacks. Like the AWS CDK CLI, it finds nested templates by `aws:asset:path`. */
export async function listRepositories(stack: DeclaredStack): Promise<DeclaredRepository[]> {
  const files = [stack.templateFile];
  const visitedFiles = new Set<string>();
  const repositories = new Array<DeclaredRepository>();
  for (const file of files) {
    if (visitedFiles.has(resolve(file))) continue;
    visitedFiles.add(resolve(file));
    for (const [logicalId, resource] of await readResources(file)) {
      const { Type: type } = resource;
      const metadata = isJsonObject(resource.Metadata) ? resource.Metadata : {};
      const assetPath = textOf(metadata['aws:asset:path']);
      if (type === NESTED_STACK_TYPE && assetPath !== undefined) files.push(join(dirname(file), assetPath));
      if (type !== REPOSITORY_TYPE) continue;
      const properties = isJsonObject(resource.Properties) ? resource.Properties : {};
      repositories.push({
        stack,
        isNested: file !== stack.templateFile,
        logicalId,
        name: textOf(properties.RepositoryName),
        properties,
        deletionPolicy: textOf(resource.DeletionPolicy),
        condition: textOf(resource.Condition),
        constructPath: textOf(metadata['aws:cdk:path']),
      });
    }
  }
  return repositories;
}

async function readResources(file: string): Promise<ReadonlyArray<readonly [string, JsonObject]>> {
  const { Resources: resources } = await readJsonObject(file);
  if (!isJsonObject(resources)) throw new Failure([`${file}: not a CloudFormation template, because it has no 'Resources'`]);
  return Object.entries(resources).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]));
}
