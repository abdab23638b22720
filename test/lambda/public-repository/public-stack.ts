import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { publicRepositoryHandler } from '../../../lambda/public-repository/handler';
import { PublicRepository, PublicRepositoryProps } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { Answer, LocalAccount, RequestType } from '../local-account';

export const TYPE = 'Custom::EcrPublicRepository';
export const MARK = 'cdk-ecr-keeper:public-repository-by';
export const CODE = 'cdk-ecr-keeper:teardown';
export const NAME = 'team/tool';
export const ARN = `arn:aws:ecr-public::000000000000:repository/${NAME}`;
export const UUID = '11111111-1111-1111-1111-111111111111';
export const ASSETS = 'cdk-hnb659fds-assets-000000000000-us-east-1';

export interface Options extends Partial<PublicRepositoryProps> {
  readonly id?: string;
  readonly statements?: iam.PolicyStatement[];
}

/** A stack with only one public repository. */
export const repository = ({ id = 'Gallery', statements = [], ...props }: Options = {}) => (scope: Stack) => {
  const made = new PublicRepository(scope, id, { repositoryName: NAME, ...props });
  for (const statement of statements) made.addToResourcePolicy(statement);
};

export const push = (...accounts: string[]) => new iam.PolicyStatement({
  sid: 'Push',
  principals: accounts.map(account => new iam.AccountPrincipal(account)),
  actions: ['ecr-public:PutImage', 'ecr-public:UploadLayerPart'],
});

/** The stack's requests to its public repository, and CloudFormation's view of the stack. */
export class PublicStack {
  constructor(readonly account: LocalAccount) {}

  of(options: Options = {}, uuid = UUID): DeployedStack {
    return DeployedStack.of('Test', repository(options), uuid);
  }

  idOf(stack: DeployedStack): string {
    return stack.logicalIds(TYPE)[0];
  }

  markOf(stack: DeployedStack): string {
    return `${stack.stackId.split('/')[2]}:${this.idOf(stack)}`;
  }

  /** Sends a request with the role of this template. */
  send(stack: DeployedStack, type: RequestType, more: Parameters<LocalAccount['request']>[4] = {}): Promise<Answer> {
    this.account.ecr.principal(this.account.roleOf(stack), { policy: stack.policy() });
    return this.account.request(publicRepositoryHandler, stack, type, this.idOf(stack), more);
  }

  update(before: DeployedStack, after: DeployedStack): Promise<Answer> {
    return this.send(after, 'Update', {
      OldResourceProperties: before.customResourceProperties(this.idOf(before)), PhysicalResourceId: 'kept',
    });
  }

  status(stack: DeployedStack, ...statuses: string[]): void {
    for (const status of statuses) this.account.cloudFormation.stack(stack.stackId).status(status);
  }

  async deployed(options: Options = {}, uuid?: string): Promise<DeployedStack> {
    const stack = this.of(options, uuid);
    this.status(stack, 'CREATE_IN_PROGRESS');
    expect(await this.send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
    this.status(stack, 'CREATE_COMPLETE');
    this.account.ecrPublic.clearCalls();
    return stack;
  }
}
