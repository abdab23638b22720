import { createRequire } from 'node:module';
import type { AppProps, App as CdkApp, CliCredentialsStackSynthesizer as Synthesizer, Stack } from 'aws-cdk-lib';

/**
 * Preloaded for an app that sets no synthesizer, so that its stacks are deployed with the credentials of the CLI user.
 * The emulator denies the roles of the CDK bootstrap while it enforces IAM. AWS itself needs no such preload.
 */
const cdk = createRequire(__filename)('aws-cdk-lib') as {
  App: new (props?: AppProps) => CdkApp;
  CliCredentialsStackSynthesizer: new () => Synthesizer;
};
const { App, CliCredentialsStackSynthesizer } = cdk;

/** One for each stack: the stacks of an app that share one list each other's assets. */
const defaultStackSynthesizer = {
  reusableBind: (stack: Stack) => {
    const synthesizer = new CliCredentialsStackSynthesizer();
    synthesizer.bind(stack);
    return synthesizer;
  },
};

class AppForEmulator extends App {
  constructor(props?: AppProps) {
    super({ defaultStackSynthesizer: defaultStackSynthesizer as unknown as AppProps['defaultStackSynthesizer'], ...props });
  }
}

Object.defineProperty(cdk, 'App', { enumerable: true, configurable: true, value: AppForEmulator });
