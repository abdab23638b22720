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
 * Returns what an import would do to the settings of a repository. CloudFormation imports it by name and then runs the update of its
 * handler, which writes the settings of the template. See UpdateHandler in
 * https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-ecr.
 *
 * @param properties properties of the declaration
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
