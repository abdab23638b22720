import { checkUses, digests, startWithImages, uri } from './use-scene';
import { ImageUse } from '../../../src';
import { account } from '../handler-scene';

startWithImages();

test.each(['assumed', 'other'] as const)('the image of a published version of a function is found, whether IAM checks the ARN with the'
  + ' version or without (lambda-qualified-arn: %s)', async reading => {
  account.readings.set('lambda-qualified-arn', reading);
  account.lambda.function('resize', {
    imageUri: '000000000000.dkr.ecr.us-east-1.amazonaws.com/other:1',
    imageDigest: digests[8],
    versions: [{ imageUri: uri(`@${digests[0]}`), imageDigest: digests[0] }],
  });
  expect(await checkUses(() => ImageUse.lambdaFunctions())).toMatch(/in use by Lambda function resize:1 by rule 1/);
});
