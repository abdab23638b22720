import Module from 'node:module';

type Resolve = (request: string, ...rest: unknown[]) => string;
const resolver = Module as unknown as { _resolveFilename: Resolve };

/** Preloaded: whoever asks for aws-cdk-lib gets the newest one, subpaths too. The hook is private to Node.js; tsx hooks into it as well. */
const resolve = resolver._resolveFilename;
resolver._resolveFilename = (request, ...rest) =>
  resolve.call(resolver, request.replace(/^aws-cdk-lib(?=\/|$)/, 'aws-cdk-lib-newest'), ...rest);
