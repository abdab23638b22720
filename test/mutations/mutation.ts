/** A safety rule broken on purpose. */
export interface Mutation {
  readonly rule: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Where the test is that holds the rule, and its full name. */
  readonly tests: string;
  readonly test: string;
}
