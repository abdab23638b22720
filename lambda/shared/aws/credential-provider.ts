import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces the SDK's search for credentials when handlers are bundled. Lambda passes the credentials of the function's role in environment
 * variables, so files, commands, and network addresses are never searched.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const defaultProvider = () => fromEnv();
