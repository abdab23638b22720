import { CustomResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { REGISTRY_POLICY_ACTIONS } from './policy-permissions';
import { OWNER_LENGTH, PolicySettings } from './policy-resource';
import { PolicyStatements } from './policy-statements';
import { asList, Statement } from '../../core/policy/document';
import { encodeRegistryPermissions, REGISTRY_PERMISSIONS_RESOURCE_TYPE } from '../../core/wire/registry-permissions';
import { REGISTRY_PERMISSIONS_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { triggerProblems, throwProblems } from '../problems';
import { Triggers } from '../triggers';

const ID = 'EcrRegistryPermissions';

/** All repositories of the registry, as code. */
const EXAMPLE = '`arn:${Aws.PARTITION}:ecr:${Aws.REGION}:${Aws.ACCOUNT_ID}:repository/*`';

type RegistryPolicySettings = Pick<PolicySettings, 'replaceExistingSids' | 'dropDeadPrincipals' | 'trigger'>;

/**
 * Custom resource of a stack for the policy of its registry, with the statements of all its constructs. Its logical id is part of the Sids.
 * One resource for all of them, because each change of the policy takes seconds.
 */
export class RegistryPolicy extends Construct {
  public static of(scope: Construct): RegistryPolicy {
    const stack = Stack.of(scope);
    return stack.node.tryFindChild(ID) as RegistryPolicy | undefined ?? new RegistryPolicy(stack);
  }

  public readonly resource: CustomResource;
  private readonly statements: PolicyStatements;
  private readonly replaceExistingSids = new Set<string>();
  private readonly triggers = new Triggers();
  private readonly handler: HandlerFunction;
  private shouldDropDeadPrincipals = false;

  private constructor(stack: Stack) {
    super(stack, ID);
    const { account, region } = stack;
    this.statements = new PolicyStatements(this, { account, region }, account, {
      name: 'registry policy', ownerLength: OWNER_LENGTH, canHaveResources: true, problemsOf: resourceProblemsOf(stack),
    });
    this.handler = HandlerFunction.of(this, REGISTRY_PERMISSIONS_FUNCTION);
    this.handler.allowOnAnyResource(REGISTRY_POLICY_ACTIONS);
    this.resource = this.handler.customResource(this, 'Default', REGISTRY_PERMISSIONS_RESOURCE_TYPE, encodeRegistryPermissions({
      registryId: account,
      statements: Lazy.uncachedString({ produce: () => stack.toJsonString(this.statements.render()) }),
      replaceExistingSids: Lazy.uncachedList({ produce: () => [...this.replaceExistingSids] }, { omitEmpty: true }),
      dropDeadPrincipals: Lazy.uncachedAny({ produce: () => this.shouldDropDeadPrincipals || undefined }),
      trigger: this.triggers.property,
    }));
    this.node.addValidation({ validate: () => this.statements.validate() });
  }

  public add(path: string, statements: readonly iam.PolicyStatement[], settings: RegistryPolicySettings): void {
    throwProblems(path, triggerProblems(settings.trigger));
    this.statements.add(path, statements, true);
    if (settings.replaceExistingSids) for (const { sid } of statements) if (sid !== undefined) this.replaceExistingSids.add(sid);
    // the log contains the only copy of statements and principals that are replaced or removed
    if (this.replaceExistingSids.size > 0 || settings.dropDeadPrincipals) this.handler.keepLogs();
    this.shouldDropDeadPrincipals ||= settings.dropDeadPrincipals ?? false;
    this.triggers.add(settings.trigger);
  }
}

/**
 * A statement of a registry policy names repositories of that registry.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-examples.html
 */
function resourceProblemsOf({ account, region }: Stack): (statement: Statement, name: string) => string[] {
  const isOwn = (part: string, own: string) => Token.isUnresolved(own) || part.includes('${') || part === own;
  const isForeign = (resource: string): boolean => {
    const [arn, , service, itsRegion = '', itsAccount = '', ...rest] = resource.replace(/\$\{AWS::(\w+)\}/g, '${$1}').split(':');
    return arn !== 'arn' || service !== 'ecr' || !isOwn(itsRegion, region) || !isOwn(itsAccount, account)
      || !rest.join(':').startsWith('repository/');
  };
  return ({ Resource, NotResource }, name) => {
    if (NotResource !== undefined) return [`'${name}' must have resources instead of notResources, got: ${JSON.stringify(NotResource)}`];
    const resources = asList(Resource).filter(resource => typeof resource === 'string') as string[];
    if (asList(Resource).length === 0) {
      return [`'${name}' must have resources: ARNs of repositories of the registry, such as ${EXAMPLE}`];
    }
    const wrong = resources.filter(isForeign);
    return wrong.length === 0 ? [] : [`'${name}' must have only repositories of the registry of the stack as resources, such as`
      + ` ${EXAMPLE}, got: ${wrong.join(', ')}`];
  };
}
