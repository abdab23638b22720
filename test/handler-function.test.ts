import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import * as descriptors from '../src/private/handler/descriptors';
import { HandlerFunction } from '../src/private/handler/handler-function';
import * as shieldDescriptors from '../src/private/shield/descriptors';

test('every folder of lambda/ with a handler has exactly one descriptor', () => {
  const folders = readdirSync(join(__dirname, '..', 'lambda'), { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name !== 'shared').map(entry => entry.name);
  const all = [...Object.values(descriptors), ...Object.values(shieldDescriptors)];
  expect(all.map(({ handler }) => handler).sort()).toEqual(folders.sort());
});

test('all constructs of a stack share one function for a handler', () => {
  const stack = new Stack(new App(), 'S');
  const [one, other] = ['A', 'B'].map(id => HandlerFunction.of(new Construct(stack, id), descriptors.TEARDOWN_FUNCTION));
  expect(one).toBe(other);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
});

test('throws when a second caller in a stack gives another descriptor for the same handler', () => {
  const stack = new Stack(new App(), 'S');
  HandlerFunction.of(new Construct(stack, 'A'), descriptors.TEARDOWN_FUNCTION);
  expect(() => HandlerFunction.of(new Construct(stack, 'B'), { ...descriptors.TEARDOWN_FUNCTION, memorySize: 1024 }))
    .toThrow('S/B: the function \'S/CdkEcrKeeperTeardown\' has a different descriptor than the one that is required here');
});
