import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { isSecretName, SECRET_PREFIX } from '../../core/upstreams';
import { isKnownToDiffer } from '../repository/unowned-repository';

/**
 * Returns the problems of a secret, as far as they are known at synthesis. Amazon ECR reads only secrets of the registry's account and
 * Region whose names have a prefix, and does not support a customer managed key for them.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html
 */
export function secretProblems(scope: Construct, secret: secretsmanager.ISecret): string[] {
  const { account, region } = Stack.of(scope);
  const native = nativeOf(secret);
  const name = nameOf(secret, native);
  return [
    ...name === 'generated' ? [`the secret of 'upstream' must have a 'secretName' that begins with ${SECRET_PREFIX}, got none`]
      : name === undefined || isSecretName(name) ? []
        : [`the secret of 'upstream' must have a name that begins with ${SECRET_PREFIX}, got: ${name}`],
    ...secret.encryptionKey || native?.kmsKeyId !== undefined
      ? ['the secret of \'upstream\' must be encrypted with the default key aws/secretsmanager, because Amazon ECR does not support a'
        + ' customer managed key for it. Omit its \'encryptionKey\''] : [],
    ...isKnownToDiffer(secret.env.account, account)
      ? [`the secret of 'upstream' must be in the account of the stack, ${account}, got: ${secret.env.account}`] : [],
    ...isKnownToDiffer(secret.env.region, region)
      ? [`the secret of 'upstream' must be in the Region of the stack, ${region}, got: ${secret.env.region}`] : [],
  ];
}

function nativeOf({ node }: secretsmanager.ISecret): secretsmanager.CfnSecret | undefined {
  return node.defaultChild instanceof secretsmanager.CfnSecret ? node.defaultChild : undefined;
}

/** Returns `generated` if CloudFormation generates the name, and undefined if it is known only at deployment. */
function nameOf(secret: secretsmanager.ISecret, native: secretsmanager.CfnSecret | undefined): string | undefined {
  if (native) {
    const name: unknown = Stack.of(secret).resolve(native.name);
    return name === undefined ? 'generated' : typeof name === 'string' ? name : undefined;
  }
  // in the ARN of an import without its name, six characters follow the name
  return known(secret.secretName) ?? known(Stack.of(secret).splitArn(secret.secretArn, ArnFormat.COLON_RESOURCE_NAME).resourceName);
}

function known(text: string | undefined): string | undefined {
  return text === undefined || Token.isUnresolved(text) ? undefined : text;
}
