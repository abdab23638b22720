import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Takes the place of the SDK's search for credentials when handlers are bundled: Lambda passes those of the function's role in environment
 * variables, so that files, commands, and network addresses are never asked for others.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const defaultProvider = () => fromEnv();
