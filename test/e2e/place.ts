import type { ChildProcess } from 'node:child_process';
import { Names } from './names';

export interface Scope {
  /** @default - the account of the place */
  readonly account?: string;
  /** @default - the Region of the place */
  readonly region?: string;
}

/** Configuration of a client of the AWS SDK. */
export interface ClientConfig {
  readonly region: string;
  /** @default - AWS */
  readonly endpoint?: string;
  /** @default - the credentials of the user */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/** How fast the operations of a place are. */
export interface Pace {
  readonly pollMilliseconds: number;
  /** Longest duration of an operation of a stack, of which some functions use a minute for denied calls. */
  readonly timeoutSeconds: number;
}

/** The part of an SDK client that `connect` changes. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: { input: any }) => Promise<any>) => (args: { input: any }) => Promise<any>,
      options: { readonly step: 'initialize' },
    ): void;
  };
}

/**
 * The account and the Region in which scenes and steps run: an emulator, or AWS. Scenes and steps use the same names everywhere. A place
 * that is shared with others puts a prefix before each name.
 */
export interface Place {
  readonly account: string;
  readonly region: string;
  /** Private directory for cloud assemblies, which is removed at the end. */
  readonly directory: string;
  /** Python with the pinned AWS CLI. */
  readonly python: string;
  readonly names: Names;
  readonly pace: Pace;
  /** Whether the account was bootstrapped for the CDK before. Otherwise, `Stacks` does it. */
  readonly isBootstrapped: boolean;
  /** Tag of every stack and repository. @default - no tag */
  readonly tag?: { readonly key: string; readonly value: string };
  /** Returns the configuration of an SDK client. */
  client(scope?: Scope): ClientConfig;
  /** Returns the environment of the AWS CLI and the CDK CLI. */
  env(scope?: Scope): Record<string, string>;
  /** Runs the AWS CLI and returns its JSON output, or undefined if it printed nothing. */
  aws<T = any>(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<T>;
  /** Returns the URL of the registry. @param proxyEndpoint as in the authorization token */
  registry(proxyEndpoint: string): URL;
  /** Ends a detached child when the place is closed. */
  adopt(child: ChildProcess): void;
  /** @throws if nothing more may be started */
  check(): void;
}

/** Creates an SDK client for the place, which sends and returns the names of the scenes. */
export function connect<C extends Client>(place: Place, type: new (config: ClientConfig) => C, scope?: Scope): C {
  const client = new type(place.client(scope));
  const { names, tag } = place;
  if (names.prefix === '') return client;
  client.middlewareStack.add(next => async args => {
    place.check();
    const result = await next({ ...args, input: names.request(args.input, tag) });
    return { ...result, output: names.response(result.output) };
  }, { step: 'initialize' });
  return client;
}

/** Why a scene or a step cannot run in a place. */
export class NotHere extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'NotHere';
  }
}
