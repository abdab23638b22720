import { compileFunction } from 'node:vm';
import { App, Aws, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import * as keeper from '../src';

const {
  ExistingRepository, ImageCopy, ImageSource, ImageTags, LifecyclePolicy, LifecycleRule, PolicyManagement, Repository, RepositoryAccessRole,
  RepositoryCapability, RepositoryImage, RepositoryLifecycle, RepositoryPolicy, RepositoryTeardown, ScanGate, Teardown,
} = keeper;

const OURS = { account: '111111111111', region: 'eu-west-1' };
const THEIRS = { account: '222222222222', region: 'eu-central-1' };
const NAME = 'team/shared';
const ARN = `arn:aws:ecr:${THEIRS.region}:${THEIRS.account}:repository/${NAME}`;
const TEARDOWN = Teardown.empty({ requireTag: { key: 'stage', value: 'test' } });
const LIFECYCLE = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]);
const role = { access: { roleArn: `arn:aws:iam::${THEIRS.account}:role/access`, externalId: 'id' } };

type Import = (scope: Construct) => ecr.IRepository;
type Use = (scope: Construct, repository: ecr.IRepository) => unknown;

const IMPORTS: Record<string, Import> = {
  'an ARN': scope => ExistingRepository.fromRepositoryArn(scope, 'Shared', ARN),
  'a name': scope => ExistingRepository.fromRepositoryName(scope, 'Shared', NAME, THEIRS),
  'a name with an account only': scope => ExistingRepository.fromRepositoryName(scope, 'Shared', NAME, { account: THEIRS.account }),
  'attributes': scope => ExistingRepository.fromRepositoryAttributes(scope, 'Shared', { repositoryName: NAME, ...THEIRS }),
  'an ARN with the partition of the stack': scope => ExistingRepository.fromRepositoryAttributes(scope, 'Shared', {
    repositoryName: NAME, repositoryArn: ARN.replace('arn:aws:', `arn:${Aws.PARTITION}:`),
  }),
  'an ARN, with the class that replaces aws-ecr\'s': scope => Repository.fromRepositoryArn(scope, 'Shared', ARN),
  'an ARN, with aws-ecr\'s class': scope => ecr.Repository.fromRepositoryArn(scope, 'Shared', ARN),
  'an id with a quote': scope => ExistingRepository.fromRepositoryArn(scope, 'Team\'s', ARN),
};

const image = (repository: ecr.IRepository) => RepositoryImage.fromRepository(repository, 'build-1');
const statement = () => new iam.PolicyStatement({ principals: [new iam.AccountPrincipal(OURS.account)], actions: ['ecr:BatchGetImage'] });

/** Each construct that changes a repository, or asks it something, with one import. */
const USES: Record<string, Use> = {
  RepositoryTeardown: (scope, repository) => new RepositoryTeardown(scope, 'Use', { repository, teardown: TEARDOWN }),
  RepositoryLifecycle: (scope, repository) => new RepositoryLifecycle(scope, 'Use', { repository, lifecycle: LIFECYCLE }),
  RepositoryPolicy: (scope, repository) => new RepositoryPolicy(scope, 'Use', { repository, statements: [statement()] }),
  ImageTags: (scope, repository) => new ImageTags(scope, 'Use', { image: image(repository), tags: ['prod'] }),
  ImageCopy: (scope, repository) => new ImageCopy(scope, 'Use', { repository, source: ImageSource.fromRegistry('nginx:1.29') }),
  ScanGate: (scope, repository) => new ScanGate(scope, 'Use', { image: image(repository) }),
};

/** Constructs that take no import, and the role, which is declared where the repository is. */
const OTHERS = ['ExistingRepository', 'ImageCopyFunction', 'PrefixTeardown', 'PublicRepository', 'Repository', 'RepositoryAccessRole'];

const CALL = /ExistingRepository\.\w+\(.*?\)(?=$|\. [A-Z]| \[ack)/g;

const ourStack = (env = OURS) => new Stack(new App(), 'Ours', { env });

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

/** Without synthesis, which takes longer than all else here. */
function warningsOf(scope: Construct): string[] {
  return scope.node.findAll().flatMap(({ node }) => node.metadata).filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data);
}

/** The calls of a message, each pasted into an app of its own. */
function pasted(message: string, env = OURS): ecr.IRepository[] {
  return (message.match(CALL) ?? []).map(call =>
    compileFunction(`return ${call}`, ['ExistingRepository', 'PolicyManagement', 'role'])
      .call(ourStack(env), ExistingRepository, PolicyManagement, role));
}

const cases = Object.entries(IMPORTS).flatMap(([way, importIt]) =>
  Object.entries(USES).map(([name, use]) => [name, way, use, importIt] as const));

test('the table contains every construct that uses a repository', () => {
  const constructs = Object.entries(keeper)
    .filter(([, exported]) => typeof exported === 'function' && exported.prototype instanceof Construct);
  expect([...Object.keys(USES), ...OTHERS].sort()).toEqual(constructs.map(([name]) => name).sort());
});

test.each(cases)('the refusal of %s for an import by %s prints a call that works when it is pasted', (_name, _way, use, importIt) => {
  const scope = ourStack();
  const repository = importIt(scope);
  const [remedy] = pasted(messageOf(() => use(scope, repository)));
  expect(remedy.repositoryName).toBe(NAME);
  expect(remedy.env).toEqual(repository.env);
  expect(remedy.node.id).toBe(repository.node.id);
  use(remedy.stack, remedy);
});

test.each(cases)('an app of unknown account that uses %s with an import by %s is warned with a call', (_name, _way, use, importIt) => {
  const scope = new Stack(new App(), 'Ours');
  const repository = importIt(scope);
  if (repository.env.account !== THEIRS.account) return; // aws-ecr takes no account from an ARN there
  use(scope, repository);
  const [remedy] = pasted(warningsOf(scope).find(text => text.includes('account of the stack is not known'))!);
  expect(remedy.repositoryName).toBe(NAME);
  use(remedy.stack, remedy);
});

test.each(Object.entries(IMPORTS).filter(([, importIt]) => importIt(ourStack()) instanceof ExistingRepository))(
  'the refusal of a statement for an import by %s prints the calls of both ways out', (_way, importIt) => {
    const [withAccess, external, ...more] = pasted(messageOf(() => importIt(ourStack()).addToResourcePolicy(statement())));
    expect(more).toEqual([]);
    expect(withAccess.addToResourcePolicy(statement()).statementAdded).toBe(true);
    expect(external.addToResourcePolicy(statement()).statementAdded).toBe(false);
  });

test.each<[string, keeper.ExistingRepositoryOptions]>([
  ['lifecycle policy', { lifecycle: LIFECYCLE }],
  ['teardown', { teardown: TEARDOWN }],
])('the refusal of an import with a %s prints the call', (_option, options) => {
  const callsOf = (importIt: Import) => pasted(messageOf(() => importIt(ourStack())));
  expect(callsOf(scope => ExistingRepository.fromRepositoryArn(scope, 'Shared', ARN, options))).toHaveLength(1);
  expect(callsOf(scope => ExistingRepository.fromRepositoryName(scope, 'Shared', NAME, { ...THEIRS, ...options }))).toHaveLength(1);
});

test.each<[string, ecr.RepositoryLookupOptions, keeper.ExistingRepositoryOptions]>([
  ['ARN', { repositoryArn: ARN }, {}],
  ['name', { repositoryName: NAME }, THEIRS],
])('the refusal of a lookup by %s in another account prints the import', (_way, lookup, options) => {
  const [remedy] = pasted(messageOf(() => ExistingRepository.fromLookup(ourStack(), 'Shared', lookup, options)));
  expect([remedy.repositoryName, remedy.env]).toEqual([NAME, THEIRS]);
});

test('a role for repositories of another account is refused, since it gives no rights there', () => {
  const roleIn = (scope: Stack, repository: ecr.IRepository) => new RepositoryAccessRole(scope, 'Access', {
    repositories: [repository],
    capabilities: [RepositoryCapability.push()],
    trusted: { stackName: 'Build', account: '333333333333', region: OURS.region },
    externalId: 'id',
  });
  const ours = ourStack();
  const message = messageOf(() => roleIn(ours, IMPORTS['an ARN'](ours)));
  expect(message).toContain(
    `'repositories' must be in the account of the role, ${OURS.account}, got 'Ours/Shared' in account ${THEIRS.account}`);
  const [remedy] = pasted(message, THEIRS);
  roleIn(remedy.stack, remedy);
});

test('the refusal of a statement for a public repository prints the call that adds it there', () => {
  const add = (repository: keeper.IPublicRepository) => repository.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.AccountPrincipal(OURS.account)], actions: ['ecr-public:PutImage'],
  }));
  const theirs = keeper.PublicRepository.fromRepositoryAttributes(ourStack(), 'Public', { repositoryName: NAME, account: THEIRS.account });
  const message = messageOf(() => add(theirs));
  const [call] = /repository\.addToResourcePolicy\(.*/.exec(message)!;
  const repository = new keeper.PublicRepository(ourStack(), 'Public', { repositoryName: NAME });
  expect(compileFunction(`return ${call}`, ['repository', 'iam', 'Aws'])(repository, iam, Aws).statementAdded).toBe(true);
});
