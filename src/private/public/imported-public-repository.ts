import { Resource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { publicArn } from './public-arn';
import { grantActions, grantPull, grantPullPush, grantPush } from './public-grants';
import { toAddStatementCall, toReadableJson } from '../policy/rendered-statement';

export interface ImportedAttributes {
  readonly repositoryName: string;
  readonly registryAlias?: string;
  readonly account?: string;
  readonly repositoryArn?: string;
}

/** Public repository that the stack does not own. Unsupported operations throw. */
export class ImportedPublicRepository extends Resource {
  public readonly repositoryName: string;
  public readonly repositoryArn: string;

  constructor(scope: Construct, id: string, private readonly attributes: ImportedAttributes) {
    super(scope, id, isComparable(scope, attributes.account) ? { account: attributes.account } : {});
    this.repositoryName = attributes.repositoryName;
    this.repositoryArn = attributes.repositoryArn ?? publicArn(this, attributes.repositoryName, attributes.account);
  }

  public get repositoryUri(): string {
    const { registryAlias, repositoryName } = this.attributes;
    if (registryAlias === undefined) {
      throw new Error(`${this.node.path}: the URI of public repository '${repositoryName}' is public.ecr.aws/<alias of its`
        + ` registry>/${repositoryName}, and the alias is not known. Import it with PublicRepository.fromRepositoryAttributes and its`
        + ' \'registryAlias\'');
    }
    return `public.ecr.aws/${registryAlias}/${repositoryName}`;
  }

  public repositoryUriForTag(tag?: string): string {
    return tag === undefined ? this.repositoryUri : `${this.repositoryUri}:${tag}`;
  }

  public repositoryUriForDigest(digest: string): string {
    return `${this.repositoryUri}@${digest}`;
  }

  public grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    return grantActions(this, grantee, actions);
  }

  public grantPull(grantee: iam.IGrantable): iam.Grant {
    return grantPull(this, grantee);
  }

  public grantPush(grantee: iam.IGrantable): iam.Grant {
    return grantPush(this, grantee);
  }

  public grantPullPush(grantee: iam.IGrantable): iam.Grant {
    return grantPullPush(this, grantee);
  }

  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    const call = toAddStatementCall(toReadableJson(this.stack.resolve(statement.toStatementJson())));
    throw new Error(
      `${this.node.path}: a statement cannot be added to the policy of public repository '${this.repositoryName}', which this stack does`
        + ` not own. Add it where the repository is declared: repository.${call}`,
    );
  }
}

/**
 * Whether the account can be compared with the account of the stack. An account that is known only at deployment counts as the same.
 * Otherwise every role would need a statement.
 */
function isComparable(scope: Construct, account: string | undefined): boolean {
  return account !== undefined && !Token.isUnresolved(account) && !Token.isUnresolved(Stack.of(scope).account);
}
