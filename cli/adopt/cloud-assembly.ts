import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readJsonObject, textOf } from './json-file';
import { ACCOUNT_ID, REGION } from '../../src/core/environment';
import { isJsonObject, JsonObject } from '../../src/core/json';
import { Failure } from '../failure';

/** A stack that the AWS CDK CLI deploys. */
export interface DeclaredStack {
  /** Name of the stack for `cdk deploy`, such as `Prod/Shop`. */
  readonly id: string;
  readonly name: string;
  /** Undefined for a stack that is deployed to the environment of the credentials. */
  readonly account?: string;
  readonly region?: string;
  /** CloudFormation adds these tags to the resources of the stack and of its nested stacks. */
  readonly tags: ReadonlyMap<string, string>;
  readonly templateFile: string;
}

export const MANIFEST = 'manifest.json';

/**
 * Reads the stacks of a cloud assembly and of the assemblies of its stages.
 * https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/cloud-assembly-schema/README.md
 */
export async function readCloudAssembly(directory: string): Promise<DeclaredStack[]> {
  if (!existsSync(join(directory, MANIFEST))) {
    throw new Failure([`${directory}: ${MANIFEST} not found. Run npx cdk synth, or specify its output folder with --app`]);
  }
  const directories = [directory];
  const visitedDirectories = new Set<string>();
  const stacks = new Array<DeclaredStack>();
  for (const current of directories) {
    if (visitedDirectories.has(resolve(current))) continue;
    visitedDirectories.add(resolve(current));
    for (const [artifactId, artifact] of await readArtifacts(join(current, MANIFEST))) {
      const { type, properties } = artifact;
      const { directoryName } = isJsonObject(properties) ? properties : {};
      if (type === 'cdk:cloud-assembly' && textOf(directoryName) !== undefined) directories.push(join(current, directoryName as string));
      if (type === 'aws:cloudformation:stack') stacks.push(stackOf(current, artifactId, artifact));
    }
  }
  return stacks;
}

async function readArtifacts(file: string): Promise<ReadonlyArray<readonly [string, JsonObject]>> {
  const { artifacts } = await readJsonObject(file);
  if (!isJsonObject(artifacts)) throw new Failure([`${file}: not the manifest of a cloud assembly, because it has no 'artifacts'`]);
  return Object.entries(artifacts).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]));
}

function stackOf(directory: string, artifactId: string, { environment, displayName, properties }: JsonObject): DeclaredStack {
  const { templateFile, stackName, tags } = isJsonObject(properties) ? properties : {};
  if (textOf(templateFile) === undefined) {
    throw new Failure([`${join(directory, MANIFEST)}: the stack '${artifactId}' has no 'templateFile'. Run npx cdk synth again`]);
  }
  // An environment that is unknown until deployment is aws://unknown-account/unknown-region.
  const [, account = '', region = ''] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(textOf(environment) ?? '') ?? [];
  return {
    id: textOf(displayName) ?? artifactId,
    name: textOf(stackName) ?? artifactId,
    ...ACCOUNT_ID.test(account) ? { account } : {},
    ...REGION.test(region) ? { region } : {},
    tags: new Map(Object.entries(isJsonObject(tags) ? tags : {}).map(([key, value]) => [key, String(value)])),
    templateFile: join(directory, templateFile as string),
  };
}
