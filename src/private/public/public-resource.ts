import { CustomResource, Lazy, Stack, TagManager, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeclaredOnce } from '../declared-once';
import { throwProblems } from '../problems';
import { publicArn } from './public-arn';
import { logoAsset } from './public-logo';
import { allowPublic, ownStatements } from './public-permissions';
import { publicTeardownProperties } from './public-teardown';
import { MAX_POLICY_LENGTH, Statement } from '../../core/policy/document';
import { statementProblems } from '../../core/policy/problems';
import { CatalogTexts } from '../../core/public-repository/catalog';
import { PUBLIC_PARTITION } from '../../core/public-repository/region';
import { Tags, tagProblems } from '../../core/repository-tags';
import { encodePublicRepository, PUBLIC_REPOSITORY_RESOURCE_TYPE } from '../../core/wire/public-repository';
import { canRefuse } from '../events/refusals';
import { PUBLIC_REPOSITORY_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { knownPartition } from '../handler/partition';
import { textLength } from '../handler/policy-length';
import { shortHash } from '../short-hash';
import { finalTags, warnOfMissingTag } from '../teardown/required-tag';
import { PublicTeardownPlan } from '../teardown/teardown-plan';

export interface PublicRepositoryPlan {
  readonly repositoryName: string;
  readonly catalog?: CatalogTexts;
  readonly logoPath?: string;
  readonly tags: TagManager;
  readonly teardown?: PublicTeardownPlan;
}

/** Custom resource of a public repository, with statements and tags that are added after the construct was created. */
export class PublicResource {
  public readonly resource: CustomResource;
  private readonly statements = new Array<iam.PolicyStatement>();

  constructor(private readonly scope: Construct, plan: PublicRepositoryPlan) {
    const { repositoryName, catalog, tags, teardown } = plan;
    throwProblems(scope.node.path, [...partitionProblems(scope), ...nameProblems(scope, repositoryName)]);
    const handler = HandlerFunction.of(scope, PUBLIC_REPOSITORY_FUNCTION);
    allowPublic(handler, teardown);
    const repositoryArn = publicArn(scope, repositoryName);
    const logo = logoAsset(scope, plan.logoPath);
    const suffix = nameSuffix(repositoryName);
    const policies = handler.allowAll(scope, `Policy${suffix}`, ownStatements(repositoryArn, logo));
    this.resource = handler.customResource(scope, `Resource${suffix}`, PUBLIC_REPOSITORY_RESOURCE_TYPE, encodePublicRepository({
      repositoryArn,
      catalog,
      logo: logo && { bucket: logo.s3BucketName, key: logo.s3ObjectKey },
      tags: tags.renderedTags,
      statements: Lazy.string({ produce: () => this.renderStatements() }),
      ...publicTeardownProperties(teardown),
    }));
    if (teardown && teardown.kind !== 'retain') canRefuse(this.resource);
    this.resource.node.addDependency(...policies);
    scope.node.addValidation({
      validate: () => {
        if (teardown && teardown.kind !== 'retain') warnOfMissingTag(scope, finalTags(tags), teardown);
        return [...finalTagProblems(tags), ...this.lengthProblems()];
      },
    });
  }

  /** @throws if ECR Public would reject the statement, with all problems in one error */
  public addStatement(statement: iam.PolicyStatement): void {
    const sids = this.statements.map(({ sid }) => sid);
    throwProblems(this.scope.node.path, [
      ...statementProblems(statement.toStatementJson() as Statement, 'statement', 'ecr-public'),
      ...statement.sid !== undefined && sids.includes(statement.sid) ? [`every Sid must be unique, got twice: ${statement.sid}`] : [],
    ]);
    this.statements.push(statement);
  }

  private renderStatements(): string | undefined {
    return this.statements.length === 0 ? undefined : Stack.of(this.scope).toJsonString(this.statementsAsJson());
  }

  private lengthProblems(): string[] {
    const length = textLength(Stack.of(this.scope).resolve({ Version: '2012-10-17', Statement: this.statementsAsJson() }));
    return length <= MAX_POLICY_LENGTH ? [] : [
      `the policy would have about ${length} characters, but ECR allows ${MAX_POLICY_LENGTH}. Put several principals into one statement,`
        + ' or use an organization condition',
    ];
  }

  private statementsAsJson(): unknown[] {
    return this.statements.map(statement => statement.toStatementJson() as unknown);
  }
}

const isKnown = (value: unknown) => !Token.isUnresolved(value);

/** Checks all tags again after aspects, which can add tags. */
function finalTagProblems(tags: TagManager): string[] {
  return tagProblems(tags.tagValues() as Tags, isKnown);
}

/**
 * Returns a suffix of the logical ids that depends on a literal name. A different name is therefore a new resource, and the Delete request
 * of the old resource keeps the old repository. A name that is known only at deployment cannot be part of the ids. The handler rejects an
 * Update request that changes it.
 */
function nameSuffix(repositoryName: string): string {
  return Token.isUnresolved(repositoryName) ? '' : shortHash(repositoryName, 8);
}

const publicNames = new DeclaredOnce<string>();

function partitionProblems(scope: Construct): string[] {
  const partition = knownPartition(scope) ?? PUBLIC_PARTITION;
  return partition === PUBLIC_PARTITION ? [] : [
    `Amazon ECR Public is only in the partition '${PUBLIC_PARTITION}', but the stack is in '${partition}' (Region`
      + ` ${Stack.of(scope).region}). Declare the public repository in a stack of an account in '${PUBLIC_PARTITION}'`,
  ];
}

/** An account has one public registry. Accounts that are known only at deployment are distinguished by their stacks. */
function nameProblems(scope: Construct, repositoryName: string): string[] {
  if (Token.isUnresolved(repositoryName)) return [];
  const { account, node } = Stack.of(scope);
  const earlier = publicNames.declare(scope, `${Token.isUnresolved(account) ? node.path : account}/${repositoryName}`);
  return earlier ? [`a public repository '${repositoryName}' of the same account is already declared at '${earlier.path}'`] : [];
}
