import Module from 'node:module';

type Resolve = (request: string, ...rest: unknown[]) => string;
const resolver = Module as unknown as { _resolveFilename: Resolve };

/** Preloaded. Resolves aws-cdk-lib, constructs, and their subpaths to the newest versions. The hook is private to Node.js; tsx uses it. */
const resolve = resolver._resolveFilename;
resolver._resolveFilename = (request, ...rest) =>
  resolve.call(resolver, request.replace(/^(aws-cdk-lib|constructs)(?=\/|$)/, '$1-newest'), ...rest);
