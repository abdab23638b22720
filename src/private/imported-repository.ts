import { Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/**
 * An import that never pretends: aws-ecr's answers `statementAdded: false` to a statement that nobody will write,
 * and the grant made of it reports success (aws-cdk issues 23616 and 15483).
 */
export class ImportedRepository extends ecr.RepositoryBase {
  public readonly repositoryName: string;
  public readonly repositoryArn: string;

  constructor(scope: Construct, id: string, attributes: ecr.RepositoryAttributes) {
    super(scope, id, comparable(scope, attributes.repositoryArn) ? { environmentFromArn: attributes.repositoryArn } : {});
    this.repositoryName = attributes.repositoryName;
    this.repositoryArn = attributes.repositoryArn;
  }

  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    throw new Error(
      `${this.node.path}: a statement for ${JSON.stringify(this.stack.resolve(statement.toStatementJson().Principal))} cannot be added to the policy of repository`
      + ` '${this.repositoryName}', which this stack does not own — give it to a RepositoryPolicy; if the policy is managed elsewhere (for Lambda, by the`
      + ' service itself), import the repository with aws-cdk-lib\'s own ecr.Repository, whose grants leave it alone',
    );
  }
}

/** An account known only at deploy counts as the stack's own: taken for another one, every role would need a statement here. */
function comparable(scope: Construct, repositoryArn: string): boolean {
  return !Token.isUnresolved(repositoryArn) && !Token.isUnresolved(Stack.of(scope).account);
}
