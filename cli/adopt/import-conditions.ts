import type { DeclaredRepository } from './declared-repositories';
import { Finding, findingsAbout } from './finding';
import { isJsonObject } from '../../src/core/json';
import { markKey } from '../../src/core/mark';
import { TEARDOWN_HANDLER } from '../../src/core/wire/teardown';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html */
const IMPORTABLE = ['Retain', 'RetainExceptOnCreate'];

const finding = findingsAbout('declaration');

/** Checks the conditions of CloudFormation for importing a declaration, and adds notes about this declaration. */
export function checkImportConditions({ deletionPolicy, condition, isNested, properties }: DeclaredRepository): Finding[] {
  return [
    ...checkDeletionPolicy(deletionPolicy, hasTeardown(properties)),
    ...deletionPolicy !== 'RetainExceptOnCreate' || String(properties.EmptyOnDelete) !== 'true' ? []
      : [finding('UNKNOWN', 'its EmptyOnDelete is true. If the deployment is rolled back, CloudFormation may treat the import as a creation'
        + ' and delete the repository with its images. Remove emptyOnDelete, or use RemovalPolicy.RETAIN for this deployment')],
    ...condition === undefined ? [] : [finding('NOTE', `CloudFormation imports it only if the condition ${condition} of the template is`
      + ' true')],
    ...!isNested ? []
      : [finding('NOTE', 'it is in a nested stack. CloudFormation imports it only through a change set of the root stack that includes'
        + ' nested stacks, such as the AWS CDK CLI 2.1148 creates')],
  ];
}

function checkDeletionPolicy(deletionPolicy: string | undefined, isTornDown: boolean): Finding[] {
  if (deletionPolicy !== undefined && IMPORTABLE.includes(deletionPolicy)) return [];
  const refusal = `its DeletionPolicy is ${deletionPolicy ?? 'missing'}, but CloudFormation imports a resource only with Retain or`
    + ' RetainExceptOnCreate';
  return [isTornDown
    ? finding('REFUSED', `${refusal}. Synthesize with a version of cdk-ecr-keeper whose teardown renders RetainExceptOnCreate`)
    : finding('REFUSED', refusal, {
      code: { imports: ['RemovalPolicy'], properties: ['removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE'] },
    })];
}

function hasTeardown({ Tags: tags }: DeclaredRepository['properties']): boolean {
  return Array.isArray(tags) && tags.some(tag => isJsonObject(tag) && tag.Key === markKey(TEARDOWN_HANDLER));
}
