import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The part of `jsonschema` that aws-cdk-lib uses. */
interface Checks {
  validate(...args: unknown[]): { readonly valid: boolean; readonly errors: readonly unknown[] };
}

let isChecked = false;

/**
 * Replaces `jsonschema`, with which aws-cdk-lib validates its own manifest twice per synthesis. That takes a quarter of the time of the
 * tests of constructs. Each test file validates only its first manifest. The examples and the scenes validate all of their manifests.
 */
export class Validator implements Checks {
  validate(...args: unknown[]): ReturnType<Checks['validate']> {
    if (isChecked) return { valid: true, errors: [] };
    isChecked = true;
    const schema = dirname(require.resolve('@aws-cdk/cloud-assembly-schema/package.json'));
    const { Validator: Real } = createRequire(__filename)(join(schema, 'node_modules', 'jsonschema')) as { Validator: new () => Checks };
    return new Real().validate(...args);
  }
}
