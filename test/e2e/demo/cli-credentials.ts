import { createRequire } from 'node:module';
import type { AppProps, App as CdkApp } from 'aws-cdk-lib';

/**
 * Loaded before an app that says nothing of a synthesizer: its stacks are then deployed with the credentials of whoever runs the CLI.
 * The emulator refuses the roles of the CDK bootstrap while it enforces IAM; against AWS nothing of this is needed.
 */
const cdk = createRequire(__filename)('aws-cdk-lib') as {
  App: new (props?: AppProps) => CdkApp;
  CliCredentialsStackSynthesizer: new () => object;
};
const { App, CliCredentialsStackSynthesizer } = cdk;

class AppForEmulator extends App {
  constructor(props?: AppProps) {
    super({ defaultStackSynthesizer: new CliCredentialsStackSynthesizer() as AppProps['defaultStackSynthesizer'], ...props });
  }
}

Object.defineProperty(cdk, 'App', { enumerable: true, configurable: true, value: AppForEmulator });
