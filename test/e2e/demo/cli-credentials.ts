import { createRequire } from 'node:module';
import type { AppProps, App as CdkApp, CliCredentialsStackSynthesizer as Synthesizer, Stack, StageSynthesisOptions } from 'aws-cdk-lib';
import { Names } from '../names';
import { renameStacks } from '../verify/assembly';

/**
 * Preloaded for an app that sets no synthesizer, so that its stacks are deployed with the credentials of the CLI user.
 * The emulator denies the roles of the CDK bootstrap while it enforces IAM. AWS itself needs no such preload, except for the prefix of all
 * names of a run of `verify`.
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

const names = new Names(process.env.PREFIX_OF_NAMES ?? '');

class AppForEmulator extends App {
  constructor(props?: AppProps) {
    super({ defaultStackSynthesizer: defaultStackSynthesizer as unknown as AppProps['defaultStackSynthesizer'], ...props });
  }

  synth(options?: StageSynthesisOptions): ReturnType<CdkApp['synth']> {
    const assembly = super.synth(options);
    renameStacks(assembly.directory, names);
    return assembly;
  }
}

Object.defineProperty(cdk, 'App', { enumerable: true, configurable: true, value: AppForEmulator });
