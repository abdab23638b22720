import type { Stack } from 'aws-cdk-lib';
import * as ts from 'typescript';
import * as library from '../../src';

/** Runs printed code in the constructor of a stack, as if a user had pasted it there. */
export function paste(code: string, stack: Stack): void {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const run = new Function('require', 'exports', outputText) as (this: Stack, load: (module: string) => unknown, exports: object) => void;
  run.call(stack, module => module === 'cdk-ecr-keeper' ? library : jest.requireActual(module), {});
}
