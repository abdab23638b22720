/** A safety rule broken on purpose. */
export interface Mutation {
  readonly rule: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** @default - those of the handler that the file belongs to */
  readonly tests?: readonly string[];
  /** What the names of these tests begin with. @default - all of them */
  readonly only?: string;
}
