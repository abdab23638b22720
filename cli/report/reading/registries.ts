import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { forOneCall } from './call-task';
import { PrivateRegistry } from './private-registry';
import { PublicRegistry } from './public-registry';
import type { ListedRepository, Registry } from './registry';
import { credentialsOfRole } from './role';
import { runConcurrently } from '../../../lambda/shared/aws/run-concurrently';
import { sendCommand } from '../../../lambda/shared/aws/send-command';
import { PUBLIC_REGION } from '../../../src/core/public-repository/region';
import { describeAnyRefusal, messageOf } from '../../aws-refusal';
import { regionOfEnvironment } from '../../ecr-client';
import { Failure } from '../../failure';
import { Clients } from '../../session/clients';
import { Interrupted } from '../../session/interruption';
import { attempt, describeCallRefusal } from '../../session/refusal';
import type { Session } from '../../session/session';
import type { ReportOrder } from '../order';

const REGISTRIES_AT_ONCE = 4;

const silence = () => undefined;
const QUIET = { trace: silence, debug: silence, info: silence, warn: silence, error: silence };

/** A registry with its repositories. */
export interface ListedRegistry {
  readonly registry: Registry;
  readonly repositories: readonly ListedRepository[];
  /** Why the repositories could not be listed. */
  readonly problem?: string;
}

interface Connection {
  readonly session: Session;
  readonly regions: readonly string[];
}

/** Returns the session with the credentials of the role, and the Regions of the report. */
export async function connect(session: Session, { profile, role, regions: ordered }: ReportOrder): Promise<Connection> {
  const { task, interruption } = session;
  // The SDK warns if there are also credentials in the environment. The option has priority over them, as in the AWS CLI.
  const clients = profile === undefined ? session.clients : new Clients(interruption, { logger: QUIET });
  return attempt(async () => {
    const regions = ordered ?? [await clients.ecr(regionOfEnvironment()).config.region()];
    if (!role) return { session: { ...session, clients }, regions };
    const credentials = credentialsOfRole(task, clients.sts(regions[0] ?? PUBLIC_REGION), role);
    await credentials().catch((error: unknown) => {
      if (error instanceof Interrupted) throw error;
      throw new Failure([describeAnyRefusal(error) ?? `cannot assume role '${role.arn}' (--role): ${messageOf(error)}. Check its trust`
        + ' policy and --external-id']);
    });
    return { session: { ...session, clients: new Clients(interruption, { credentials }) }, regions };
  });
}

/** Returns the account of the credentials. */
export async function accountOf({ task, clients }: Session, region = PUBLIC_REGION): Promise<string> {
  return attempt(async () => (await sendCommand(forOneCall(task), clients.sts(region), GetCallerIdentityCommand, {}))?.Account ?? '');
}

/**
 * Lists the repositories of all registries.
 *
 * @throws Failure if no registry can be listed
 */
export async function listRegistries(session: Session, regions: readonly string[], isPublic: boolean): Promise<ListedRegistry[]> {
  const registries = [...regions.map(region => new PrivateRegistry(session, region)), ...isPublic ? [new PublicRegistry(session)] : []];
  const listed = new Map<Registry, ListedRegistry>();
  await runConcurrently(registries, REGISTRIES_AT_ONCE, async registry => { listed.set(registry, await list(registry)); });
  const all = registries.map(registry => listed.get(registry)!);
  const problems = all.flatMap(({ problem }) => problem ?? []);
  if (problems.length === all.length) throw new Failure(problems);
  return all;
}

async function list(registry: Registry): Promise<ListedRegistry> {
  try {
    const repositories = await registry.list();
    return { registry, repositories: repositories.sort((one, other) => one.name < other.name ? -1 : 1) };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    const place = registry.id === registry.region ? `in ${registry.id}` : 'of ECR Public';
    return { registry, repositories: [], problem: `the repositories ${place} could not be listed: ${describeCallRefusal(error)}` };
  }
}
