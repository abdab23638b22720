import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { Probe } from './probe';

const WRONG = `sha256:${'0'.repeat(64)}`;

/** The endpoint of private registries to which docker pushes. */
export const DOCKER_ENDPOINT = [
  {
    id: 'registry-digest-invalid',
    fact: 'The Docker endpoint ends an upload with a wrong digest with the code DIGEST_INVALID',
    assumed: 'DIGEST_INVALID',
    other: 'BLOB_UPLOAD_INVALID',
    fake: 'local-ecr/registry-reply.ts',
    rests: ['lambda/image-copy/docker-endpoint.ts'],
    otherwise: 'test/lambda/image-copy/readings.test.ts',
    async ask(world) {
      const repositoryName = await world.repository();
      const { authorizationData: [{ proxyEndpoint = '', authorizationToken = '' }] = [{}] } =
        await world.clients.ecr.send(new GetAuthorizationTokenCommand({}));
      const headers = { authorization: `Basic ${authorizationToken}` };
      const begin = new URL(`${proxyEndpoint}/v2/${repositoryName}/blobs/uploads/`);
      const session = await fetch(begin, { method: 'POST', headers });
      const end = new URL(session.headers.get('location') ?? '', begin);
      end.searchParams.set('digest', WRONG);
      const response = await fetch(end, { method: 'PUT', headers, body: 'layer' });
      const { errors = [] } = await response.json() as { errors?: Array<{ code?: string }> };
      return errors[0]?.code ?? `status ${response.status}`;
    },
  },
] as const satisfies readonly Probe[];
