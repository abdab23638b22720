import { Fn, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { noProxyProblems, proxyUrlProblems } from './core/images/forward-proxy';
import { FORWARD_PROXY } from './core/wire/image-copy';
import { IMAGE_COPY_FUNCTION } from './private/handler/descriptors';
import { HandlerFunction } from './private/handler/handler-function';
import { readSecret } from './private/images/copy-source';
import { throwProblems, unlessToken } from './private/problems';
import { checkProps, listOf, NUMBER, PropertyTypes, ROLE, SECRET, SECURITY_GROUP, SUBNETS, TEXT, VPC } from './private/property-types';
import { isKnownToDiffer } from './private/repository/unowned-repository';

/**
 * Properties of `ImageCopyFunction`.
 *
 * @stability stable
 */
export interface ImageCopyFunctionProps {
  /**
   * VPC whose network the function uses.
   *
   * The function must reach the registry, Amazon ECR, Amazon S3, and AWS CloudFormation from there: through VPC endpoints, a NAT gateway,
   * or a proxy.
   *
   * @default - the function is outside of any VPC
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of the function. Requires `vpc`.
   *
   * @default - the private subnets of the VPC
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the function, at least one. Requires `vpc`.
   *
   * @default - a new security group that allows all outbound connections
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Role of the function, in the account of the stack. Lambda must be allowed to assume it.
   *
   * The permissions that the copies need are added, unless the role was imported with `mutable: false`. Such a role must have them already.
   * To copy with the `access` of a repository in another account, the role there must trust this role.
   *
   * @default - a new role
   */
  readonly role?: iam.IRole;

  /**
   * Memory of the function in MiB, from 512 to 10240. With more memory, the function has a larger share of a processor.
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Address of a forward proxy, `http://<host>:<port>`, which opens the connections of the function. Must not contain a user name or a
   * password.
   *
   * The proxy must support `CONNECT`. It sees the host and the port of each connection, and encrypted bytes.
   *
   * @default - connections are opened directly
   */
  readonly proxyUrl?: string;

  /**
   * Secret with the user name and the password of the proxy, in the JSON keys `username` and `password`. Requires `proxyUrl`.
   *
   * The function reads the secret when it runs, without the proxy. The value does not appear in the template, in the environment of the
   * function, or in logs. All secrets are then read without the proxy, so a VPC needs an endpoint for AWS Secrets Manager.
   *
   * @default - the proxy requires no credentials
   */
  readonly proxySecret?: secretsmanager.ISecret;

  /**
   * Hosts and domains that are reached without the proxy, such as `registry.example.com`, `.amazonaws.com`, or `registry.example.com:5000`.
   * A domain includes its subdomains. Requires `proxyUrl`.
   *
   * @default - all connections are opened by the proxy
   */
  readonly noProxy?: string[];
}

const PROPERTY_TYPES: PropertyTypes<ImageCopyFunctionProps> = {
  vpc: VPC,
  vpcSubnets: SUBNETS,
  securityGroups: listOf(SECURITY_GROUP),
  role: ROLE,
  memorySize: NUMBER,
  proxyUrl: TEXT,
  proxySecret: SECRET,
  noProxy: listOf(TEXT),
};

/** With less memory, the function was not measured. */
const SMALLEST_MEMORY = IMAGE_COPY_FUNCTION.memorySize!;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_MEMORY = 10_240;

/**
 * Lambda function that copies images, with its own network, role, or memory. Pass it to `ImageCopy` as `copyFunction`.
 *
 * The function never writes to a disk, so it has no setting for ephemeral storage.
 *
 * @throws if a property is invalid or requires another property, or if `role` is in another account
 *
 * @example
 * declare const network: ec2.IVpc;
 *
 * const copier = new ImageCopyFunction(this, 'CopyFunction', {
 *   vpc: network,
 *   proxyUrl: 'http://proxy.example.com:3128',
 *   noProxy: ['.amazonaws.com'],
 * });
 * new ImageCopy(this, 'Redis', {
 *   source: ImageSource.fromRegistry('registry.example.com/library/redis:7.4'),
 *   repository: new Repository(this, 'Mirror'),
 *   copyFunction: copier,
 * });
 * @stability stable
 */
export class ImageCopyFunction extends Construct implements ec2.IConnectable, iam.IGrantable {
  /** @internal */
  public readonly _handler: HandlerFunction;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Network, role, memory, and proxy of the function.
   */
  constructor(scope: Construct, id: string, props: ImageCopyFunctionProps = {}) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    throwProblems(this.node.path, problemsOf(this, props));
    const { proxyUrl, proxySecret, noProxy = [], ...settings } = props;
    this._handler = HandlerFunction.create(this, IMAGE_COPY_FUNCTION, settings);
    if (proxyUrl !== undefined) this._handler.addToEnvironment(FORWARD_PROXY.url, proxyUrl);
    if (proxySecret) {
      readSecret(this._handler, proxySecret);
      this._handler.addToEnvironment(FORWARD_PROXY.secret, proxySecret.secretArn);
    }
    for (const exception of Token.isUnresolved(noProxy) ? [Fn.join(' ', noProxy)] : noProxy) {
      this._handler.addToEnvironment(FORWARD_PROXY.exceptions, exception);
    }
  }

  /**
   * Security groups of the function, to allow connections from it.
   *
   * @throws if the function is outside of any VPC
   */
  public get connections(): ec2.Connections {
    const { connections } = this._handler;
    if (connections) return connections;
    throw new Error(`${this.node.path}: 'connections' requires 'vpc', because only a function in a VPC has security groups`);
  }

  /** Role of the function, for grants of other constructs. */
  public get grantPrincipal(): iam.IPrincipal {
    return this._handler.grantee.grantPrincipal;
  }
}

function problemsOf(scope: Construct, props: ImageCopyFunctionProps): string[] {
  const { vpc, securityGroups, role, memorySize, proxyUrl, noProxy } = props;
  const requires = (other: 'vpc' | 'proxyUrl', ...names: Array<keyof ImageCopyFunctionProps>) => props[other] !== undefined ? []
    : names.filter(name => props[name] !== undefined).map(name => `'${name}' requires '${other}'`);
  const { account } = Stack.of(scope);
  return [
    ...requires('vpc', 'vpcSubnets', 'securityGroups'),
    ...vpc && securityGroups?.length === 0 ? ['\'securityGroups\' must have at least one security group, got none'] : [],
    ...role && isKnownToDiffer(role.env.account, account)
      ? [`'role' must be in the account of the stack, ${account}, got a role in account ${role.env.account}`] : [],
    ...unlessToken(memorySize, size => Number.isInteger(size) && size >= SMALLEST_MEMORY && size <= LARGEST_MEMORY ? []
      : [`'memorySize' must be a whole number from ${SMALLEST_MEMORY} to ${LARGEST_MEMORY} (MiB), got: ${size}`]),
    ...requires('proxyUrl', 'proxySecret', 'noProxy'),
    ...unlessToken(proxyUrl, url => proxyUrlProblems(url)),
    ...unlessToken(noProxy, exceptions => noProxyProblems(exceptions.map(each => Token.isUnresolved(each) ? 'known.at.deployment' : each))),
  ];
}
