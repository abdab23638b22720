import { ECRClient } from '@aws-sdk/client-ecr';
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Interruption } from './interruption';
import { CLIENT } from '../../lambda/shared/aws/clients';
import type { InUseClients } from '../../lambda/shared/in-use/clients';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';

/** What was read within it of ECS and Lambda is not read again: the same is asked for every repository. */
const FRESH = 60_000;

/** What a client hands to its middleware; the same for every service. */
interface Context {
  readonly commandName?: string;
}
interface Sent {
  readonly input: unknown;
}
type Middleware = (next: (sent: Sent) => Promise<object>, context: Context) => (sent: Sent) => Promise<object>;
interface Client {
  readonly middlewareStack: { add(middleware: unknown, options: object): void };
}

const actions = new WeakMap<object, string>();

/** The IAM action of the call that failed. */
export function actionOf(error: unknown): string | undefined {
  return actions.get(error as object);
}

/** The clients of one run; none of them begins a call, or another attempt at one, after an interruption. */
export class Clients {
  private readonly made = new Map<string, Client>();

  constructor(private readonly interruption: Interruption) {}

  ecr(region: string | undefined): ECRClient {
    return this.once('ecr', region, () => new ECRClient({ ...CLIENT, region }));
  }

  ecrPublic(): ECRPUBLICClient {
    return this.once('ecr-public', PUBLIC_REGION, () => new ECRPUBLICClient({ ...CLIENT, region: PUBLIC_REGION }));
  }

  get inUse(): InUseClients {
    return {
      ecs: ({ region }) => this.once('ecs', region, () => remembering(new ECSClient({ ...CLIENT, region }))),
      lambda: ({ region }) => this.once('lambda', region, () => remembering(new LambdaClient({ ...CLIENT, region }))),
      sts: () => { throw new Error('no role is assumed here'); },
    };
  }

  private once<C extends Client>(service: string, region: string | undefined, make: () => C): C {
    const key = `${service} ${region ?? ''}`;
    const client = this.made.get(key) as C | undefined ?? this.watched(make(), service);
    this.made.set(key, client);
    return client;
  }

  private watched<C extends Client>(client: C, service: string): C {
    const naming: Middleware = (next, { commandName = '' }) => sent => next(sent).catch((error: unknown) => {
      if (error instanceof Error) actions.set(error, `${service}:${commandName.replace(/Command$/, '')}`);
      throw error;
    });
    // inside of what repeats an attempt
    const stopping: Middleware = next => async sent => {
      this.interruption.check();
      return next(sent);
    };
    client.middlewareStack.add(naming, { step: 'initialize', name: 'naming' });
    client.middlewareStack.add(stopping, { step: 'deserialize', name: 'stopping' });
    return client;
  }
}

function remembering<C extends Client>(client: C): C {
  const answers = new Map<string, { readonly at: number; readonly answer: Promise<object> }>();
  const remember: Middleware = (next, { commandName }) => sent => {
    const key = `${commandName} ${JSON.stringify(sent.input)}`;
    const known = answers.get(key);
    if (known && performance.now() - known.at < FRESH) return known.answer;
    const answer = next(sent);
    answers.set(key, { at: performance.now(), answer });
    answer.catch(() => answers.delete(key));
    return answer;
  };
  client.middlewareStack.add(remember, { step: 'initialize', name: 'remembering' });
  return client;
}
