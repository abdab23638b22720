import type { IncomingMessage } from 'node:http';
import type { Input } from './local-service';
import type { EcrRequest } from './operation';
import type { RegistryReply } from './registry-reply';

/** A request of the registry protocol that has come as far as its route. */
export interface RegistryVisit {
  readonly repositoryName: string;
  /** The tag or digest, or the id of an upload. */
  readonly reference: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  /** Performs an operation of the API on the repository, as the caller of the password. */
  perform(operation: string, input: Input): object;
  /** The same as far as permissions go, of any repository. */
  admit(operation: string, input?: Input): EcrRequest;
  /** A path of this server as a client is told it. */
  locationOf(path: string): string;
}

export interface RegistryRoute {
  readonly methods: readonly string[];
  /** Its groups: the name of the repository, and the reference. */
  readonly path: RegExp;
  /** The operation of the API that it comes down to, by which faults and rate limits find it. */
  readonly operation: string;
  handle(visit: RegistryVisit): RegistryReply | Promise<RegistryReply>;
}
