// Preloaded. Checks every app against AwsSolutions and writes the findings to a file next to its assembly.
import { writeFileSync } from 'node:fs';
import { App, Aspects } from 'aws-cdk-lib';
import { AwsSolutionsChecks, INagLogger, NagLoggerBaseData } from 'cdk-nag';

export interface NagVerdict {
  /** The rule, followed by its finding in brackets if it has one. */
  readonly id: string;
  /** CloudFormation type and construct path. */
  readonly resource: string;
}

export interface NagReport {
  readonly passed: NagVerdict[];
  /** Includes suppressed findings, because all exceptions must be in `test/scanner-exceptions.ts`. */
  readonly failed: NagVerdict[];
}

class Recorder implements INagLogger {
  private readonly passed = new Map<string, NagVerdict>();
  private readonly failed = new Map<string, NagVerdict>();

  onCompliance(data: NagLoggerBaseData): void {
    record(this.passed, data.ruleId, data);
  }

  onNonCompliance(data: NagLoggerBaseData & { readonly findingId: string }): void {
    record(this.failed, data.findingId ? `${data.ruleId}[${data.findingId}]` : data.ruleId, data);
  }

  onSuppressed(data: NagLoggerBaseData & { readonly findingId: string }): void {
    this.onNonCompliance(data);
  }

  onError(data: NagLoggerBaseData): void {
    record(this.failed, `CdkNagValidationFailure[${data.ruleId}]`, data);
  }

  onSuppressedError(data: NagLoggerBaseData): void {
    this.onError(data);
  }

  onNotApplicable(): void {}

  report(): NagReport {
    return { passed: [...this.passed.values()], failed: [...this.failed.values()] };
  }
}

function record(verdicts: Map<string, NagVerdict>, id: string, { resource }: NagLoggerBaseData): void {
  const verdict = { id, resource: `${resource.cfnResourceType} ${resource.node.path}` };
  verdicts.set(JSON.stringify(verdict), verdict);
}

const synth = App.prototype.synth;
App.prototype.synth = function (options) {
  const recorder = new Recorder();
  Aspects.of(this).add(new AwsSolutionsChecks({ reports: false, additionalLoggers: [recorder] }));
  const assembly = synth.call(this, options);
  writeFileSync(`${this.outdir}.nag.json`, JSON.stringify(recorder.report(), undefined, 2));
  return assembly;
};
