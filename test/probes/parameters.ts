import { DeleteParameterCommand, GetParametersByPathCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import type { Probe } from './probe';

/** What handlers store in Parameter Store. */
export const PARAMETERS = [
  {
    id: 'parameter-read-after-write',
    fact: 'GetParametersByPath returns the effects of all earlier calls',
    assumed: 'seen at once',
    other: 'not seen at once',
    fake: 'local-ssm/local-ssm.ts',
    rests: ['lambda/shared/registry/claims.ts', 'lambda/shared/registry/shared-rules.ts'],
    otherwise: 'test/lambda/registry-replication/registry-replication.test.ts',
    async ask(world) {
      const { clients: { ssm } } = world;
      const Name = world.parameter();
      const Path = Name.slice(0, Name.lastIndexOf('/'));
      const isListed = async () => ((await ssm.send(new GetParametersByPathCommand({ Path }))).Parameters ?? [])
        .some(parameter => parameter.Name === Name);
      await ssm.send(new PutParameterCommand({ Name, Value: 'probe', Type: 'String' }));
      const isShown = await isListed();
      await ssm.send(new DeleteParameterCommand({ Name }));
      return isShown && !await isListed() ? 'seen at once' : 'not seen at once';
    },
  },
] as const satisfies readonly Probe[];
