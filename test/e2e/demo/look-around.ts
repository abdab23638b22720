import { relative } from 'node:path';
import { Bed, PROJECT } from './bed';
import { APP, appCommand, LEGACY, STACK } from './quickstart';

/** Returns instructions for continuing by hand while the emulator runs. */
export function lookAround(bed: Bed, stop: string): string {
  const { emulator } = bed;
  const environment = { ...emulator.env(), AWS_PAGER: '', CDK_DEFAULT_ACCOUNT: emulator.account, CDK_DEFAULT_REGION: emulator.region };
  const app = appCommand(absolute => `./${relative(PROJECT, absolute)}`);
  const cdk = (verb: string): string => `npx cdk ${verb} --app '${app}' --output ${emulator.directory}/by-hand.out --no-notices`;
  return `The emulator is still running at ${emulator.endpoint}, and the stack ${STACK} is deployed.
Set up a shell in the root folder of this project:

${Object.entries(environment).map(([name, value]) => `export ${name}=${value === '' ? '\'\'' : value}`).join('\n')}
export PATH=${bed.bin}:$PATH

Look around:

aws cloudformation describe-stack-resources --stack-name ${STACK} --output text \\
  --query 'StackResources[].[LogicalResourceId,ResourceStatus]'
aws ecr list-images --repository-name ${APP}
aws ecr list-tags-for-resource --resource-arn arn:aws:ecr:${emulator.region}:${emulator.account}:repository/${LEGACY}

Destroy the stack. The teardown refuses to delete ${APP}, because it holds more images than its maxImages.
The message contains the command that lifts the refusal. Run it, and destroy the stack again.

${cdk('destroy --force')}
aws cloudformation describe-stack-events --stack-name ${STACK} --output text \\
  --query 'StackEvents[?ResourceStatus==\`DELETE_FAILED\`].ResourceStatusReason'

Stop the emulator and remove its files:

${stop}`;
}
