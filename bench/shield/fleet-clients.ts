import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Workloads } from './fleet';
import type { ClientLocation } from '../../lambda/shared/aws/ecr-clients';
import type { InUseClients } from '../../lambda/shared/in-use/clients';
import type { LocalService } from '../../test/local-ecr/local-service';

/**
 * How the collector calls the fakes of the workloads: through the SDK, or directly, which takes a tenth of the time. Both make the same
 * calls. A test compares them.
 */
export type Transport = 'sdk' | 'direct';

/** Where a client without a location sends its calls. */
interface Own {
  readonly accessKeyId: string;
  readonly region: string;
}

/** Returns clients of the workloads of one account and Region. */
export function workloadClients({ ecs, lambda }: Workloads, transport: Transport, own: Own): Pick<InUseClients, 'ecs' | 'lambda'> {
  if (transport === 'direct') {
    return {
      ecs: location => directClient(ecs, own, location) as unknown as ECSClient,
      lambda: location => directClient(lambda, own, location) as unknown as LambdaClient,
    };
  }
  return {
    ecs: location => new ECSClient(optionsOf(ecs, own, location)),
    lambda: location => new LambdaClient(optionsOf(lambda, own, location)),
  };
}

/** The loop of the functions repeats throttled calls. The SDK's own pauses would take real time. */
function optionsOf(service: LocalService, { accessKeyId, region: ownRegion }: Own, { region = ownRegion, credentials }: ClientLocation) {
  return {
    region,
    credentials: credentials ?? { accessKeyId, secretAccessKey: 'bench' },
    endpoint: service.endpoint,
    requestHandler: service.inProcess(),
    maxAttempts: 1,
  };
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: object;
}

function directClient(service: LocalService, own: Own, { region = own.region, credentials }: ClientLocation) {
  const accessKeyId = credentials?.accessKeyId ?? own.accessKeyId;
  return {
    send: ({ constructor: { name }, input }: Command) =>
      service.call({ operation: name.replace(/Command$/, ''), input: { ...input }, accessKeyId, region }),
  };
}
