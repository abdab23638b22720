import { list, registryId } from '../constraints';
import { epochSeconds } from '../epoch-seconds';
import { Operation } from '../operation';

/** Returns one password for every registry that the caller can access. */
export const getAuthorizationToken: Operation = {
  needs: () => [{ action: 'ecr:GetAuthorizationToken', resource: '*' }],
  run: ({ input, registry, layers }) => {
    const ids = list<unknown>('registryIds', input.registryIds, 1, 10)?.map(id => registryId(id)) ?? [registry.account];
    const { password, expiresAt } = layers!.issuePassword();
    return {
      authorizationData: ids.map(() => ({
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt: epochSeconds(expiresAt),
        proxyEndpoint: layers!.proxyEndpoint ?? layers!.endpoint,
      })),
    };
  },
};
