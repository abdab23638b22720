import type { IncomingMessage } from 'node:http';
import type { Input } from './local-service';
import type { EcrRequest } from './operation';
import type { RegistryReply } from './registry-reply';

/** A request of the registry protocol with its route. */
export interface RegistryVisit {
  readonly repositoryName: string;
  /** The tag or digest, or the id of an upload. */
  readonly reference: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  /** Runs an operation of the API on the repository as the caller of the password. */
  perform(operation: string, input: Input): object;
  /** Imports the images of a pull through a cache. */
  importUpstream(operation: string, input: Input): Promise<void> | undefined;
  /** Checks only the permissions of an operation, for any repository. */
  admit(operation: string, input?: Input): EcrRequest;
  /** Returns a path of this server for a client. */
  locationOf(path: string): string;
}

export interface RegistryRoute {
  readonly methods: readonly string[];
  /** Pattern with two groups: the name of the repository, and the reference. */
  readonly path: RegExp;
  /** The operation of the API that it runs, for faults and rate limits. */
  readonly operation: string;
  handle(visit: RegistryVisit): RegistryReply | Promise<RegistryReply>;
}
