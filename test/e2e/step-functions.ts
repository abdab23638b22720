import type { Emulator } from './emulator';
import type { Scope } from './place';

/** Calls Step Functions of the emulator without the AWS CLI, whose process takes a second of the time of the functions. */
export async function callStepFunctions(emulator: Emulator, scope: Scope, operation: string, input: object): Promise<any> {
  const { account = emulator.account, region = emulator.region } = scope;
  const response = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: {
      // The emulator does not check signatures of a root key.
      'authorization': `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/states/aws4_request, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${operation}`,
    },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Waits for the end of an execution, and returns its output. @throws if it did not succeed */
export async function outputOf(emulator: Emulator, scope: Scope, executionArn: string): Promise<any> {
  for (;;) {
    const { status, output, error, cause } = await callStepFunctions(emulator, scope, 'DescribeExecution', { executionArn });
    if (status === 'SUCCEEDED') return output === undefined ? undefined : JSON.parse(output);
    if (status !== 'RUNNING') throw new Error(`the state machine ended ${status}: ${error} ${cause}`);
    await new Promise(done => setTimeout(done, 100));
  }
}
