import { IPolicyValidationContextBeta1, IPolicyValidationPluginBeta1, PolicyValidationPluginReportBeta1 } from 'aws-cdk-lib';
import { assemblyTemplates } from './private/validation/assembly-templates';
import { FINDING_CODES } from './private/validation/repository-findings';
import { libraryVersion, printUnlessShown, violationsOf } from './private/validation/violations';

/**
 * Validation plug-in that checks every Amazon ECR repository of an app, also those that other constructs declare.
 *
 * It reads the synthesized templates, those of nested stacks too, and checks each `AWS::ECR::Repository`: its lifecycle policy, its
 * repository policy, and what happens to its images when CloudFormation deletes it. A lifecycle policy or statement that Amazon ECR refuses
 * is an error and fails the synthesis. What Amazon ECR accepts and is probably a mistake is a warning, with the code of the warning that
 * `LifecyclePolicy` and `Repository` give. A policy that is known only at deployment is reported as information, since it is not checked.
 *
 * From aws-cdk-lib 2.253.0 on, the validation report of CDK lists all of them. Before, that report lists nothing unless there is an error,
 * so the plug-in writes warnings to standard error itself.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
 *
 * @example
 * const app = new App({ policyValidationBeta1: [new RepositoryValidator()] });
 */
export class RepositoryValidator implements IPolicyValidationPluginBeta1 {
  /** Name of the plug-in in the validation report. */
  public readonly name = 'RepositoryValidator';

  /** Version of this library. */
  public readonly version?: string = libraryVersion();

  /** Names of all rules that the plug-in evaluates, which are the codes of its warnings and errors. */
  public readonly ruleIds?: string[] = FINDING_CODES.map(code => `cdk-ecr-keeper:${code}`);

  /**
   * Checks the repositories of the templates. CDK calls this after synthesis.
   *
   * @param context Paths of the templates.
   * @returns the violations, successful unless one of them is an error
   * @throws if a template or the manifest of the cloud assembly cannot be read
   */
  public validate(context: IPolicyValidationContextBeta1): PolicyValidationPluginReportBeta1 {
    const violations = violationsOf(assemblyTemplates(context.templatePaths));
    const success = violations.every(({ severity }) => severity !== 'error');
    if (success) printUnlessShown(violations);
    return { pluginVersion: this.version, success, violations };
  }
}
