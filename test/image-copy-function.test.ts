import { App, CfnParameter, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { app, newStackForEachTest, stack, switchTo } from './construct-scene';
import { flat } from './flat-template';
import { ExistingRepository, ImageCopy, ImageCopyFunction, ImageCopyFunctionProps, ImageCopyProps, ImageSource, Repository } from '../src';

const ACCOUNT = '111111111111';
const access = { roleArn: 'arn:aws:iam::222222222222:role/access', externalId: 'a-long-external-id' };

newStackForEachTest({ env: { account: ACCOUNT, region: 'eu-west-1' } });

interface Rendered {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
}

const copyFunction = (props?: ImageCopyFunctionProps, id = 'Copier') => new ImageCopyFunction(stack, id, props);

function copied(props: Partial<ImageCopyProps> = {}, id = 'Copy'): ImageCopy {
  const repository = stack.node.tryFindChild('Mirror') as Repository | undefined ?? new Repository(stack, 'Mirror');
  return new ImageCopy(stack, id, { source: ImageSource.fromRegistry('registry.example.com/lib/redis:7'), repository, ...props });
}

const importedVpc = () => ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-1', availabilityZones: ['eu-west-1a'], privateSubnetIds: ['subnet-1'], isolatedSubnetIds: ['subnet-2'],
});

const resources = () => Object.entries(Template.fromStack(stack).toJSON().Resources as Record<string, Rendered>);
const ofType = (type: string) => resources().filter(([, { Type }]) => Type === type);
const theFunction = () => ofType('AWS::Lambda::Function')[0][1].Properties;
const theCopy = () => ofType('Custom::EcrImageCopy')[0];

/** Statements of all policies of the stack, with texts in place of intrinsic functions. */
const statements = () => ofType('AWS::IAM::Policy').flatMap(([, { Properties }]) => flat(Properties.PolicyDocument.Statement));
const actions = () => statements().flatMap(({ Action }) => Action as string | string[]);

/** Returns everything that exists before a resource is created and after it is deleted. */
function neededBy(id: string): string[] {
  const all = Object.fromEntries(resources());
  const found = new Set<string>();
  const visit = (each: string): void => {
    const { Properties, DependsOn = [] } = all[each];
    const references = [...JSON.stringify(Properties ?? {}).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(([, other]) => other);
    for (const other of [...references, ...[DependsOn].flat()]) {
      if (!(other in all) || found.has(other)) continue;
      found.add(other);
      visit(other);
    }
  };
  visit(id);
  return [...found];
}

describe('a copy with its own function', () => {
  test('uses no function of the stack, and several copies share the function', () => {
    const shared = copyFunction({ memorySize: 1024 });
    copied({ copyFunction: shared });
    copied({ copyFunction: shared, tags: ['other'] }, 'Other');
    expect(ofType('AWS::Lambda::Function')).toHaveLength(1);
    expect(theFunction()).toMatchObject({ MemorySize: 1024, Runtime: 'nodejs24.x', Timeout: 900 });
    expect(theFunction()).not.toHaveProperty('VpcConfig');
    expect(theFunction()).not.toHaveProperty('Environment');
    expect(new Set(ofType('Custom::EcrImageCopy').map(([, { Properties }]) => JSON.stringify(Properties.ServiceToken))).size).toBe(1);
  });

  test('has 512 MiB of memory by default, as the function of the stack', () => {
    copied({ copyFunction: copyFunction() });
    expect(theFunction().MemorySize).toBe(512);
  });

  test('is a new resource, because CloudFormation cannot change the function of a custom resource', () => {
    const idWith = (functionId?: string) => {
      switchTo(new Stack(new App(), 'Stack'));
      copied(functionId === undefined ? {} : { copyFunction: copyFunction({}, functionId) });
      return theCopy()[0];
    };
    const ids = [idWith(), idWith('One'), idWith('Two')];
    expect(new Set(ids).size).toBe(3);
    expect(idWith('One')).toBe(ids[1]);
  });

  test('accepts a subclass', () => {
    class CompanyCopyFunction extends ImageCopyFunction {}
    expect(() => copied({ copyFunction: new CompanyCopyFunction(stack, 'Copier') })).not.toThrow();
  });

  test('is beside the function of the stack, which other copies use', () => {
    copied({ copyFunction: copyFunction() });
    copied({ tags: ['other'] }, 'Other');
    expect(ofType('AWS::Lambda::Function')).toHaveLength(2);
  });
});

describe('in a VPC', () => {
  test('the function has the subnets and the security groups', () => {
    const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1');
    const vpcSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    copied({ copyFunction: copyFunction({ vpc: importedVpc(), vpcSubnets, securityGroups: [group] }) });
    expect(theFunction().VpcConfig).toEqual({ SubnetIds: ['subnet-2'], SecurityGroupIds: ['sg-1'] });
  });

  test('the role has only the actions that Lambda needs, and the code of the function may not use them', () => {
    copied({ copyFunction: copyFunction({ vpc: importedVpc() }) });
    const network = [
      'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
    ];
    expect(ofType('AWS::IAM::Role')[0][1].Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(statements().filter(({ Action }) => [Action].flat().some(action => action.startsWith('ec2:')))).toEqual([
      { Effect: 'Allow', Action: network, Resource: '*' },
      {
        Effect: 'Deny',
        Action: network,
        Resource: '*',
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': expect.stringMatching(/^<CopierCdkEcrKeeperImageCopyFunction\w+\.Arn>$/) } },
      },
    ]);
  });

  test('outside of a VPC, the role has none of these actions', () => {
    copied({ copyFunction: copyFunction() });
    expect(actions().filter(action => action.startsWith('ec2:'))).toEqual([]);
  });

  test('routes, rules, and permissions exist before the copy and after it', () => {
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
    const group = new ec2.SecurityGroup(stack, 'Group', { vpc, allowAllOutbound: false });
    group.addEgressRule(ec2.Peer.securityGroupId('sg-12345678'), ec2.Port.tcp(3128));
    copied({ copyFunction: copyFunction({ vpc, securityGroups: [group] }) });
    const needed = neededBy(theCopy()[0]);
    const types = Object.fromEntries(resources().map(([id, { Type }]) => [id, Type]));
    expect(needed.map(id => types[id])).toEqual(expect.arrayContaining([
      'AWS::EC2::NatGateway', 'AWS::EC2::Route', 'AWS::EC2::SecurityGroup', 'AWS::EC2::SubnetRouteTableAssociation', 'AWS::IAM::Policy',
      'AWS::Lambda::EventInvokeConfig', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup',
    ]));
    const policies = ofType('AWS::IAM::Policy').map(([id]) => id);
    expect(policies.filter(id => !needed.includes(id))).toEqual([]);
    // Lambda verifies the permissions when it creates the function
    const [functionId] = ofType('AWS::Lambda::Function')[0];
    expect(neededBy(functionId)).toContain(policies.find(id => id.includes('NetworkPolicy')));
  });

  test('connections allow the function to reach a proxy', () => {
    const vpc = importedVpc();
    const proxy = new ec2.SecurityGroup(stack, 'Proxy', { vpc });
    const shared = copyFunction({ vpc });
    shared.connections.allowTo(proxy, ec2.Port.tcp(3128));
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: 3128, GroupId: Match.anyValue() });
  });

  test('outside of a VPC, there are no connections', () => {
    const shared = copyFunction();
    expect(() => shared.connections).toThrow(
      'Stack/Copier: \'connections\' requires \'vpc\', because only a function in a VPC has security groups');
  });
});

describe('the role', () => {
  const lambda = new iam.ServicePrincipal('lambda.amazonaws.com');

  test('of the app gets the permissions of the copies and of the network', () => {
    const role = new iam.Role(stack, 'Role', { assumedBy: lambda });
    copied({ copyFunction: copyFunction({ role, vpc: importedVpc() }) });
    expect(ofType('AWS::IAM::Role')).toHaveLength(1);
    expect(flat(theFunction().Role)).toMatch(/^<Role\w+\.Arn>$/);
    expect(new Set(ofType('AWS::IAM::Policy').map(([, { Properties }]) => flat(Properties.Roles)[0]).map(name => name.slice(0, 5))))
      .toEqual(new Set(['<Role']));
    expect(actions()).toEqual(expect.arrayContaining(['ecr:PutImage', 'logs:PutLogEvents', 'cloudformation:DescribeStacks',
      'ec2:CreateNetworkInterface']));
  });

  test('that is imported gets the permissions too', () => {
    const role = iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ACCOUNT}:role/copier`);
    copied({ copyFunction: copyFunction({ role }) });
    expect(ofType('AWS::IAM::Role')).toEqual([]);
    expect(ofType('AWS::IAM::Policy').map(([, { Properties }]) => Properties.Roles)).toEqual([['copier']]);
    expect(actions()).toContain('ecr:PutImage');
  });

  test('that is imported as immutable gets nothing, and the template has no policy', () => {
    const role = iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ACCOUNT}:role/copier`, { mutable: false });
    copied({ copyFunction: copyFunction({ role, vpc: importedVpc() }) });
    expect(ofType('AWS::IAM::Policy')).toEqual([]);
    expect(theFunction().Role).toBe(`arn:aws:iam::${ACCOUNT}:role/copier`);
    expect(theCopy()[1].DependsOn).toEqual([expect.stringMatching(/EventInvokeConfig/)]);
    expect(Annotations.fromStack(stack).findError('*', Match.anyValue())).toEqual([]);
  });

  test('of the function can be granted access', () => {
    const key = new kms.Key(stack, 'Key');
    key.grantDecrypt(copyFunction());
    expect(JSON.stringify(resources())).toContain('CopierCdkEcrKeeperImageCopyRole');
    expect(actions()).toContain('kms:Decrypt');
  });

  describe('for a repository in another account', () => {
    const central = (id: string) => ExistingRepository.fromRepositoryArn(
      stack, id, 'arn:aws:ecr:eu-west-1:222222222222:repository/team/shared', { access });

    test('has the name that a RepositoryAccessRole trusts', () => {
      copied({ copyFunction: copyFunction(), repository: central('Central') });
      expect(ofType('AWS::IAM::Role')[0][1].Properties.RoleName).toMatch(/^Stack-eu-west-1-image-copy-/);
    });

    test('keeps its name if the app created it', () => {
      const role = new iam.Role(stack, 'Role', { assumedBy: lambda });
      copied({ copyFunction: copyFunction({ role }), repository: central('Central') });
      expect(ofType('AWS::IAM::Role')[0][1].Properties).not.toHaveProperty('RoleName');
      expect(actions()).toContain('sts:AssumeRole');
    });

    test('is refused for a second function of the stack, because both roles would have the same name', () => {
      copied({ repository: central('Central') });
      expect(() => copied({ copyFunction: copyFunction(), repository: central('Central2'), tags: ['other'] }, 'Other')).toThrow(
        'Stack/Copier/CdkEcrKeeperImageCopy: \'Stack/CdkEcrKeeperImageCopy\' copies with \'access\' too, and the role in the other account'
        + ' trusts the role of only one function of the stack. Use one function for all repositories with \'access\', or specify a \'role\''
        + ' that the other account trusts');
    });
  });
});

describe('the proxy', () => {
  const secret = () => secretsmanager.Secret.fromSecretCompleteArn(
    stack, 'Secret', `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:proxy-AbCdEf`);

  test('is in the environment, with the ARN of its secret, and not with the names that the Lambda runtime reads', () => {
    copied({
      copyFunction: copyFunction({
        proxyUrl: 'http://proxy.example.com:3128', proxySecret: secret(), noProxy: ['.amazonaws.com', 'registry.example.com:5000'],
      }),
    });
    expect(theFunction().Environment.Variables).toEqual({
      FORWARD_PROXY_URL: 'http://proxy.example.com:3128',
      FORWARD_PROXY_SECRET: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:proxy-AbCdEf`,
      FORWARD_PROXY_EXCEPTIONS: '.amazonaws.com registry.example.com:5000',
    });
    expect(statements()).toContainEqual({
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:proxy-AbCdEf`,
    });
  });

  test('allows the function to decrypt a secret with a customer managed key', () => {
    const proxySecret = new secretsmanager.Secret(stack, 'Encrypted', { encryptionKey: new kms.Key(stack, 'Key') });
    copied({ copyFunction: copyFunction({ proxyUrl: 'http://proxy:3128', proxySecret }) });
    expect(statements()).toContainEqual({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: expect.stringMatching(/^<Key/),
      Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    });
  });

  test('may be known only at deployment', () => {
    const parameter = new CfnParameter(stack, 'ProxyUrl');
    const list = new CfnParameter(stack, 'Direct', { type: 'CommaDelimitedList' });
    copied({ copyFunction: copyFunction({ proxyUrl: parameter.valueAsString, noProxy: list.valueAsList }) });
    const second = copyFunction({ proxyUrl: 'http://proxy:3128', noProxy: [parameter.valueAsString] }, 'Second');
    copied({ copyFunction: second, tags: ['x'] }, 'Other');
    expect(ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties.Environment.Variables)).toEqual([
      { FORWARD_PROXY_URL: { Ref: 'ProxyUrl' }, FORWARD_PROXY_EXCEPTIONS: { 'Fn::Join': [' ', { Ref: 'Direct' }] } },
      { FORWARD_PROXY_URL: 'http://proxy:3128', FORWARD_PROXY_EXCEPTIONS: { Ref: 'ProxyUrl' } },
    ]);
  });
});

describe('problems', () => {
  test.each<[string, () => ImageCopyFunctionProps, string]>([
    ['subnets without a VPC', () => ({ vpcSubnets: {} }), '\'vpcSubnets\' requires \'vpc\''],
    ['security groups without a VPC', () => ({ securityGroups: [] }), '\'securityGroups\' requires \'vpc\''],
    ['no security group', () => ({ vpc: importedVpc(), securityGroups: [] }),
      '\'securityGroups\' must have at least one security group, got none'],
    ['too little memory', () => ({ memorySize: 511 }), '\'memorySize\' must be a whole number from 512 to 10240 (MiB), got: 511'],
    ['too much memory', () => ({ memorySize: 10_241 }), '\'memorySize\' must be a whole number from 512 to 10240 (MiB), got: 10241'],
    ['a part of a MiB', () => ({ memorySize: 1024.5 }), '\'memorySize\' must be a whole number from 512 to 10240 (MiB), got: 1024.5'],
    ['a role in another account', () => ({ role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::222222222222:role/copier') }),
      '\'role\' must be in the account of the stack, 111111111111, got a role in account 222222222222'],
    ['a secret without a proxy', () => ({ proxySecret: secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'proxy') }),
      '\'proxySecret\' requires \'proxyUrl\''],
    ['exceptions without a proxy', () => ({ noProxy: ['a.example.com'] }), '\'noProxy\' requires \'proxyUrl\''],
    ['a host as a URL', () => ({ proxyUrl: 'proxy.example.com:3128' }),
      '\'proxyUrl\' must be http://<host>:<port>, got: "proxy.example.com:3128"'],
    ['a URL without a port', () => ({ proxyUrl: 'http://proxy' }), '\'proxyUrl\' must be http://<host>:<port>, got: "http://proxy"'],
    ['a proxy with TLS', () => ({ proxyUrl: 'https://proxy:3128' }), '\'proxyUrl\' must begin with http://, because TLS to the proxy is'
      + ' unsupported, got: "https://proxy:3128". Connections through the proxy are encrypted anyway'],
    ['a password in the URL', () => ({ proxyUrl: 'http://user:pass@proxy:3128' }), '\'proxyUrl\' must not contain a user name or a'
      + ' password, because the template and the function\'s environment show it. Put them into a secret, and specify it as'
      + ' \'proxySecret\''],
    ['a network as an exception', () => ({ proxyUrl: 'http://proxy:3128', noProxy: ['10.0.0.0/8'] }),
      '\'noProxy[0]\' must be a host or a domain, such as \'registry.example.com\', \'.example.com\', or \'registry.example.com:5000\','
      + ' got: "10.0.0.0/8"'],
  ])('%s', (_name, props, problem) => {
    const given = props();
    expect(() => copyFunction(given)).toThrow(new Error(`Stack/Copier: ${problem}`));
  });

  test('are reported together', () => {
    expect(() => copyFunction({ vpcSubnets: {}, memorySize: 1, noProxy: ['*'] })).toThrow(new RegExp(
      '^Stack/Copier: 4 problems\n  - \'vpcSubnets\' requires .*\n  - \'memorySize\' .*\n  - \'noProxy\' requires .*\n'
      + '  - \'noProxy\\[0\\]\' must'));
  });

  test('do not apply to values that are known only at deployment', () => {
    expect(() => copyFunction({ memorySize: Token.asNumber({ resolve: () => 1 }) })).not.toThrow();
  });

  test('a function of another stack', () => {
    const other = new ImageCopyFunction(new Stack(app, 'Other'), 'Copier');
    expect(() => copied({ copyFunction: other })).toThrow(new Error('Stack/Copy: \'copyFunction\' must be in the same stack as the copy,'
      + ' got \'Other/Copier\'. Create an ImageCopyFunction in stack \'Stack\''));
  });
});
