import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PolicyViolatingResourceBeta1, PolicyViolationBeta1 } from 'aws-cdk-lib';
import { CfnRepository } from 'aws-cdk-lib/aws-ecr';
import type { AssemblyTemplate } from './assembly-templates';
import { repositoryFindings } from './repository-findings';
import { capitalize } from '../../core/format';

/** First minor version of aws-cdk-lib 2 whose report lists the violations of a successful plug-in. */
const SHOWS_SUCCESSFUL = 253;

/** Returns one violation for all repositories with the same finding. */
export function violationsOf(templates: readonly AssemblyTemplate[]): PolicyViolationBeta1[] {
  const violations = new Map<string, PolicyViolationBeta1>();
  for (const { path, resources } of templates) {
    for (const [resourceLogicalId, resource] of Object.entries(resources)) {
      if (resource.Type !== CfnRepository.CFN_RESOURCE_TYPE_NAME) continue;
      for (const { code, location, ...finding } of repositoryFindings(resource)) {
        const key = JSON.stringify([code, finding]);
        const violation = violations.get(key) ?? { ruleName: `cdk-ecr-keeper:${code}`, ...finding, violatingResources: [] };
        addResource(violation.violatingResources, { resourceLogicalId, templatePath: path, locations: [location] });
        violations.set(key, violation);
      }
    }
  }
  return [...violations.values()];
}

/** Adds a resource once, because two alternatives of a condition can have the same finding. */
function addResource(resources: PolicyViolatingResourceBeta1[], added: PolicyViolatingResourceBeta1): void {
  const isListed = resources.some(({ resourceLogicalId, templatePath }) =>
    resourceLogicalId === added.resourceLogicalId && templatePath === added.templatePath);
  if (!isListed) resources.push(added);
}

/** Writes the violations of a successful report if CDK would not show them. */
export function printUnlessShown(violations: readonly PolicyViolationBeta1[]): void {
  const [, minor] = versionIn(require.resolve('aws-cdk-lib/package.json')).split('.').map(Number);
  if (minor >= SHOWS_SUCCESSFUL) return;
  for (const { ruleName, severity, description, fix, violatingResources } of violations) {
    const resources = violatingResources.map(one => `${one.resourceLogicalId} (${basename(one.templatePath)})`).join(', ');
    process.stderr.write(`${severity} at ${resources}: ${description}. ${capitalize(fix ?? '')} [${ruleName}]\n`);
  }
}

export function libraryVersion(): string {
  return versionIn(join(__dirname, '..', '..', '..', 'package.json'));
}

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
