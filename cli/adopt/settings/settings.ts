import { compareEncryption } from './encryption';
import { compareLifecycle } from './lifecycle';
import { compareMutability } from './mutability';
import { compareRepositoryPolicy } from './repository-policy';
import { compareScanning } from './scanning';
import { compareTags } from './tags';
import type { JsonObject } from '../../../src/core/json';
import type { Finding } from '../finding';
import type { LiveRepository } from '../live-repository';

/**
 * What an import would do to the settings of a repository. CloudFormation imports it by its name and then runs the update of its handler,
 * which writes what the template has: https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-ecr (UpdateHandler).
 *
 * @param properties of the declaration
 */
export function compareSettings(properties: JsonObject, stackTags: ReadonlyMap<string, string>, live: LiveRepository): Finding[] {
  return [
    ...compareEncryption(properties, live),
    ...compareMutability(properties, live),
    ...compareScanning(properties, live),
    ...compareLifecycle(properties, live),
    ...compareRepositoryPolicy(properties, live),
    ...compareTags(properties, stackTags, live),
  ];
}
