import { IPolicyValidationContextBeta1, IPolicyValidationPluginBeta1, PolicyValidationPluginReportBeta1 } from 'aws-cdk-lib';
import { assemblyTemplates } from './private/validation/assembly-templates';
import { FINDING_CODES } from './private/validation/repository-findings';
import { libraryVersion, printUnlessShown, violationsOf } from './private/validation/violations';

/**
 * Validation plug-in that checks every Amazon ECR repository of an app, including repositories that other constructs declare.
 *
 * The plug-in reads the synthesized templates, including those of nested stacks. For each `AWS::ECR::Repository`, it checks the lifecycle
 * policy, the repository policy, and the settings that delete images. A lifecycle policy or statement that Amazon ECR rejects is an error
 * and fails the synthesis. A setting that Amazon ECR accepts but that is probably a mistake is a warning, with the same code as the
 * warnings of `LifecyclePolicy` and `Repository`. A policy that is known only at deployment is not checked and is reported as information.
 *
 * Since aws-cdk-lib 2.253.0, the validation report of CDK lists all findings. In earlier versions, the report is empty unless there is an
 * error, so the plug-in itself writes warnings to standard error.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
 *
 * @example
 * const app = new App({ policyValidationBeta1: [new RepositoryValidator()] });
 * @stability stable
 */
export class RepositoryValidator implements IPolicyValidationPluginBeta1 {
  /** Name of the plug-in in the validation report. */
  public readonly name = 'RepositoryValidator';

  /** Version of this library. */
  public readonly version?: string = libraryVersion();

  /** Names of all rules that the plug-in evaluates, which are the codes of its warnings and errors. */
  public readonly ruleIds?: string[] = FINDING_CODES.map(code => `cdk-ecr-keeper:${code}`);

  /**
   * Checks the repositories in the synthesized templates. CDK calls this method after synthesis.
   *
   * @param context Paths of the templates.
   * @returns the violations; the report is successful unless one of them is an error
   * @throws if a template or the manifest of the cloud assembly cannot be read
   */
  public validate(context: IPolicyValidationContextBeta1): PolicyValidationPluginReportBeta1 {
    const violations = violationsOf(assemblyTemplates(context.templatePaths));
    const success = violations.every(({ severity }) => severity !== 'error');
    if (success) printUnlessShown(violations);
    return { pluginVersion: this.version, success, violations };
  }
}
