import { epochSeconds } from '../../local-ecr/epoch-seconds';
import type { PublicOperation } from '../operation';

const TWELVE_HOURS = 12 * 60 * 60 * 1000;

/** Both permissions are on `*`. No registry accepts the token. */
export const getAuthorizationToken: PublicOperation = {
  needs: () => [
    { action: 'ecr-public:GetAuthorizationToken', resource: '*' },
    { action: 'sts:GetServiceBearerToken', resource: '*', context: { 'sts:AWSServiceName': 'ecr-public.amazonaws.com' } },
  ],
  run: ({ caller, now }) => {
    const expiresAt = epochSeconds(now() + TWELVE_HOURS);
    const password = Buffer.from(JSON.stringify({ payload: caller, expiration: Math.floor(expiresAt) })).toString('base64');
    return { authorizationData: { authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'), expiresAt } };
  },
};
