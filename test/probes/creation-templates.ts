import {
  CreateRepositoryCreationTemplateCommand, DescribeRepositoryCreationTemplatesCommand, ECRClient, InitiateLayerUploadCommand, RCTAppliedFor,
  UpdateRepositoryCreationTemplateCommand,
} from '@aws-sdk/client-ecr';
import { answerOf, Probe } from './probe';

const SHARED = {
  fake: 'local-ecr/creation-templates.ts',
  rests: [],
  otherwise: 'test/local-ecr/creation-templates.test.ts',
  obstacle: 'needs a creation template, which a probe that is interrupted would leave behind',
} as const;
const PREFIX = 'probe/template';

const create = (ecr: ECRClient, prefix: string, cause: RCTAppliedFor) => ecr.send(
  new CreateRepositoryCreationTemplateCommand({ prefix, appliedFor: [cause], description: 'a' }));
const push = (ecr: ECRClient) => answerOf(ecr.send(new InitiateLayerUploadCommand({ repositoryName: `${PREFIX}/app` })));

/** How creation templates are selected and changed, and who creates a repository by a push. */
export const CREATION_TEMPLATES = [
  {
    id: 'template-of-cause',
    fact: 'A template with a longer prefix does not count if it is applied for another cause',
    assumed: 'accepted',
    other: 'RepositoryNotFoundException',
    ...SHARED,
    async ask({ clients: { ecr } }) {
      await create(ecr, 'probe', 'CREATE_ON_PUSH');
      await create(ecr, PREFIX, 'REPLICATION');
      return push(ecr);
    },
  },
  {
    id: 'template-update-keeps',
    fact: 'An update of a template keeps the settings that it omits',
    assumed: 'kept',
    other: 'removed',
    ...SHARED,
    async ask({ clients: { ecr } }) {
      await create(ecr, PREFIX, 'CREATE_ON_PUSH');
      await ecr.send(new UpdateRepositoryCreationTemplateCommand({ prefix: PREFIX, imageTagMutability: 'IMMUTABLE' }));
      const { repositoryCreationTemplates = [] } = await ecr.send(new DescribeRepositoryCreationTemplatesCommand({ prefixes: [PREFIX] }));
      return repositoryCreationTemplates[0].description === 'a' ? 'kept' : 'removed';
    },
  },
  {
    id: 'create-on-push-permission',
    fact: 'A push creates a repository only for a caller with ecr:CreateRepository',
    assumed: 'AccessDeniedException',
    other: 'accepted',
    ...SHARED,
    fake: 'local-ecr/local-ecr.ts',
    async ask(world) {
      await create(world.clients.ecr, PREFIX, 'CREATE_ON_PUSH');
      const { ecr } = await world.role([{ Effect: 'Allow', Action: 'ecr:InitiateLayerUpload', Resource: '*' }]);
      return push(ecr);
    },
  },
] as const satisfies readonly Probe[];
