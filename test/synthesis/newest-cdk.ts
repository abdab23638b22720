import Module from 'node:module';

type Resolve = (request: string, ...rest: unknown[]) => string;
const resolver = Module as unknown as { _resolveFilename: Resolve };

/** Preloaded: aws-cdk-lib and constructs are the newest ones, subpaths too. The hook is private to Node.js; tsx hooks into it as well. */
const resolve = resolver._resolveFilename;
resolver._resolveFilename = (request, ...rest) =>
  resolve.call(resolver, request.replace(/^(aws-cdk-lib|constructs)(?=\/|$)/, '$1-newest'), ...rest);
