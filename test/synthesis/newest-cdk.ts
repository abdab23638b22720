import Module from 'node:module';

type Resolve = (request: string, ...rest: unknown[]) => string;
const resolver = Module as unknown as { _resolveFilename: Resolve };

/** Preloaded: whoever asks for aws-cdk-lib gets the newest one, subpaths too. The hook is Node.js's own, private but unchanged since 0.x. */
const resolve = resolver._resolveFilename;
resolver._resolveFilename = (request, ...rest) => resolve.call(resolver, request.replace(/^aws-cdk-lib(?=\/|$)/, 'aws-cdk-lib-newest'), ...rest);
