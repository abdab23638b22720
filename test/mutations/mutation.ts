/** A safety rule that is broken on purpose. */
export interface Mutation {
  readonly rule: string;
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** File with the test that verifies the rule. `test` is its full name. */
  readonly tests: string;
  readonly test: string;
}
