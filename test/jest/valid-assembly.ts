/**
 * Takes the place of `jsonschema`, with which aws-cdk-lib checks twice per synthesis that its own manifest has the right form: a third of
 * the time of the constructs' tests. The job on the newest aws-cdk-lib, the examples, and the scenes keep the check.
 */
export class Validator {
  validate() {
    return { valid: true, errors: [] };
  }
}
