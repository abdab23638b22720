import { CreateRepositoryCommand, DeleteRepositoryCommand, ListImagesCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { answerOf, Probe } from './probe';
import { push } from './push';

const DENIED = 'AccessDeniedException';
const OTHER_ACCOUNT = '111111111111';
const OTHER_REGION = 'eu-west-1';
const SERVICE = 'ecr.amazonaws.com';

/** What happens between accounts, Regions, and services. */
export const ACCOUNTS = [
  {
    id: 'missing-repository-cross-account',
    fact: 'A caller of another account is denied if the repository does not exist',
    assumed: DENIED,
    other: 'RepositoryNotFoundException',
    fake: 'local-ecr/local-ecr.ts',
    rests: ['lambda/image-copy/ecr-source.ts'],
    otherwise: 'test/lambda/image-copy/elsewhere.test.ts',
    obstacle: 'needs a second account',
    async ask({ account, fakes }) {
      fakes.ecr.principal('FOREIGN', { account: OTHER_ACCOUNT });
      const ecr = fakes.clients('FOREIGN').ecr({});
      return answerOf(ecr.send(new ListImagesCommand({ registryId: account, repositoryName: 'probe/missing' })));
    },
  },
  {
    id: 'star-matches-services',
    fact: 'A statement of a repository policy about everybody also applies to AWS services',
    assumed: DENIED,
    other: 'accepted',
    fake: 'local-ecr/resource-policy.ts',
    rests: ['src/private/policy/deletion-lock.ts'],
    otherwise: 'test/lambda/shared/deletion-lock.test.ts',
    obstacle: 'needs a service that acts on a repository on its own, which takes up to a day',
    async ask(world) {
      const repositoryName = await world.repository();
      const statements = [
        { Effect: 'Allow', Principal: { Service: SERVICE }, Action: 'ecr:ListImages' },
        { Effect: 'Deny', Principal: '*', Action: 'ecr:ListImages' },
      ];
      const policyText = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      await world.clients.ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
      world.fakes.ecr.principal('SERVICE', { service: SERVICE });
      const ecr = world.fakes.clients('SERVICE').ecr({});
      return answerOf(ecr.send(new ListImagesCommand({ registryId: world.account, repositoryName })));
    },
  },
  {
    id: 'replication-delete-repository',
    fact: 'The deletion of a repository is not replicated, even by a rule that replicates deletions',
    assumed: 'replica kept',
    other: 'replica deleted',
    fake: 'local-ecr/operations/repositories.ts',
    rests: ['lambda/teardown/replicas.ts'],
    otherwise: 'test/lambda/teardown/replicas.test.ts',
    obstacle: 'needs a replication rule, which is a setting of the registry, and replication takes up to half an hour',
    async ask({ fakes, clients: { ecr }, region }) {
      fakes.ecr.replicate({ from: { region }, to: [{ region: OTHER_REGION }], deletes: true });
      const repositoryName = 'probe/source';
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
      await push(ecr, repositoryName);
      await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
      return fakes.ecr.images(repositoryName, { region: OTHER_REGION }) === 1 ? 'replica kept' : 'replica deleted';
    },
  },
] as const satisfies readonly Probe[];
