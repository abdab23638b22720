import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What aws-cdk-lib uses of `jsonschema`. */
interface Checks {
  validate(...args: unknown[]): { readonly valid: boolean; readonly errors: readonly unknown[] };
}

let isChecked = false;

/**
 * Takes the place of `jsonschema`, with which aws-cdk-lib checks twice per synthesis that its own manifest has the right form: a quarter of
 * the time of the constructs' tests. Each test file checks the first manifest that it writes; the examples and the scenes check all of
 * theirs.
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
