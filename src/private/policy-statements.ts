import { Lazy, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { declaredElsewhere, environmentProblems, targetSuffix } from './foreign-target';
import { HandlerFunction } from './handler-function';
import { throwProblems } from './problems';
import { textLength } from './role-policy-length';
import { MAX_POLICY_LENGTH, Statement } from '../core/policy/document';
import { statementProblems } from '../core/policy/problems';
import { encodeRepositoryPolicy, REPOSITORY_POLICY_HANDLER, REPOSITORY_POLICY_RESOURCE_TYPE } from '../core/wire/repository-policy';

/** What a Sid grows by when it is made to carry its owner: the library's name, a UUID without dashes, a logical id of average length. */
const OWNER_LENGTH = 80;

/** Statements of one construct, checked as they come. */
export class PolicyStatements {
  private readonly statements = new Array<iam.PolicyStatement>();

  constructor(private readonly scope: Construct) {}

  public add(statements: readonly iam.PolicyStatement[]): void {
    const problems = statements.flatMap((statement, index) =>
      statementProblems(statement.toStatementJson() as Statement, `statements[${this.statements.length + index}]`));
    const sids = [...this.statements, ...statements].map(statement => statement.sid).filter(sid => sid !== undefined);
    const twice = sids.filter((sid, index) => sids.indexOf(sid) !== index);
    throwProblems(this.scope.node.path, [...problems, ...[...new Set(twice)].map(sid => `every Sid must be given once, got twice: ${sid}`)]);
    this.statements.push(...statements);
  }

  public render(): string {
    return Stack.of(this.scope).toJsonString(this.statements.map(statement => statement.toStatementJson() as unknown));
  }

  public validate(): string[] {
    if (this.statements.length === 0) return ['\'statements\' must have at least one statement, got: none'];
    const length = textLength(Stack.of(this.scope).resolve(this.statements.map(statement => statement.toStatementJson() as unknown)))
      + OWNER_LENGTH * this.statements.length;
    return length <= MAX_POLICY_LENGTH ? [] : [
      `the statements would have about ${length} characters, a repository's policy has room for ${MAX_POLICY_LENGTH} in all`
      + ' — put several principals into one statement, or use an organization condition',
    ];
  }
}

/** Adds the statements natively, through the repository's own construct. */
export function nativeStatements(scope: Construct, native: ecr.CfnRepository, statements: readonly iam.PolicyStatement[]): void {
  const repository = native.node.scope;
  if (!(repository instanceof ecr.RepositoryBase)) {
    return throwProblems(scope.node.path, [`'repository' is declared by '${native.node.path}' alone — set its 'repositoryPolicyText' there`]);
  }
  for (const statement of statements) repository.addToResourcePolicy(statement);
}

export function foreignStatements(scope: Construct, repository: ecr.IRepository, statements: PolicyStatements, adopt: boolean): void {
  throwProblems(scope.node.path, environmentProblems(scope, repository));
  scope.node.addValidation({ validate: () => declaredElsewhere(scope, repository, 'statements') });
  const handler = HandlerFunction.of(scope, {
    handler: REPOSITORY_POLICY_HANDLER,
    description: 'cdk-ecr-keeper: keeps statements in the policies of ECR repositories that this stack does not own',
    reads: ['ecr:GetRepositoryPolicy'],
    markedWrites: [],
    stackReads: ['cloudformation:DescribeStacks'],
    readsRoot: false,
  });
  if (adopt) handler.keepLogs();
  const suffix = targetSuffix(scope, repository);
  const policy = handler.allow(scope, `WritePolicy${suffix}`, new iam.PolicyStatement({
    actions: ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'],
    resources: [repository.repositoryArn],
  }));
  const resource = handler.customResource(scope, `Resource${suffix}`, REPOSITORY_POLICY_RESOURCE_TYPE, encodeRepositoryPolicy({
    repositoryArn: repository.repositoryArn,
    statements: Lazy.string({ produce: () => statements.render() }),
    adopt,
  }));
  resource.node.addDependency(policy);
  handler.oneAfterTheOther(repository.repositoryArn, resource);
}
