import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { LambdaFunctions, limitToFunctions, PullingLambda, pullersOf } from './lambda-retrieval';
import { throwProblems } from '../problems';
import { Canonical, isText, toReadableJson } from './rendered-statement';
import { MAX_POLICY_LENGTH, Statement } from '../../core/policy/document';
import { fold } from '../../core/policy/fold';
import { locksOut } from '../../core/policy/lock-out';
import { EVERY_ACTION, incompleteProblems, lastingProblems, resourceProblems } from '../../core/policy/problems';
import { textLength } from '../handler/policy-length';

/** Number of the largest statements that an error lists. */
const LISTED = 3;

/** Warning about a statement with the action `*`. */
export const POLICY_EVERY_ACTION = 'a statement of the repository policy has the action \'*\', which Amazon ECR may reject, because its'
  + ' actions begin with \'ecr:\'. Use \'ecr:*\' for all actions of Amazon ECR';

/** Differences between the policies that an app writes. */
export interface PolicyKind {
  /** @default 'repository policy' */
  readonly name?: string;
  /** Problems of a statement with readable tokens, in addition to those of every policy. @default - no problems */
  readonly problemsOf?: (statement: Statement, name: string) => string[];
  /** Number of characters of the owner that are appended to every Sid. @default 0 */
  readonly ownerLength?: number;
  /** Whether statements may have resources, about which aws-ecr's `Repository` warns. @default false */
  readonly canHaveResources?: boolean;
}

/**
 * Statements that an app writes into the policy of one repository. They are checked when they are added, and merged when they are rendered.
 */
export class PolicyStatements {
  private readonly statements = new Array<iam.PolicyStatement>();
  private readonly mayLockOut = new Set<iam.PolicyStatement>();

  /**
   * @param functions functions for which `grantPull` allows AWS Lambda to pull; functions of accounts that can already pull are added
   * @param account account of the repository
   */
  constructor(
    private readonly scope: IConstruct, private readonly functions: LambdaFunctions,
    private readonly account: string, private readonly kind: PolicyKind = {},
  ) {}

  public get isEmpty(): boolean {
    return this.statements.length === 0;
  }

  /**
   * Adds statements. Their principals and actions can still be added later.
   *
   * @param mayLockOut whether to accept statements that prevent the deploying principal from changing the policy
   */
  public add(path: string, statements: readonly iam.PolicyStatement[], mayLockOut: boolean): void {
    throwProblems(path, this.problemsOfNew(statements, mayLockOut));
    this.statements.push(...statements);
    if (mayLockOut) for (const statement of statements) this.mayLockOut.add(statement);
  }

  /** Returns the problems with which `add` would throw, for a construct that reports them together with others. */
  public problemsOfNew(statements: readonly iam.PolicyStatement[], mayLockOut: boolean): string[] {
    return [
      ...statements.flatMap((statement, index) => this.problemsOf(statement, `statements[${index}]`, mayLockOut)),
      ...this.sidProblems([...this.statements, ...statements]),
    ];
  }

  /** Returns fewer statements with the same meaning. Statements with a Sid are not changed. */
  public render(): Statement[] {
    const stack = Stack.of(this.scope);
    const canonical = new Canonical(stack);
    const pairs = this.statements.map(statement => [statement, canonical.of(statement.toStatementJson() as Statement)] as const);
    const pullers = pullersOf(stack, pairs);
    const statements = pairs
      .flatMap(([statement, json]) => statement.principals.some(principal => principal instanceof PullingLambda)
        ? limitToFunctions(json, this.functions, pullers) : [json])
      .map(statement => canonical.of(statement));
    return distinct(stack, [...fold(statements.filter(isText)), ...statements.filter(statement => !isText(statement))]);
  }

  /** Checks the statements again, because they can change after they are added. */
  public validate(): string[] {
    if (this.isEmpty) return [];
    const problems = [
      ...this.statements.flatMap((statement, index) => [
        ...this.problemsOf(statement, `statements[${index}]`, this.mayLockOut.has(statement)),
        ...incompleteProblems(statement.toStatementJson() as Statement, `statements[${index}]`),
      ]),
      ...this.sidProblems(this.statements),
    ];
    if (problems.length > 0) return problems;
    this.warnOfEveryAction();
    const statements = this.render();
    const lengths = statements.map(statement => this.lengthOf(statement));
    const length = lengths.reduce((sum, one) => sum + one, 0);
    if (length <= MAX_POLICY_LENGTH) return [];
    const largest = statements.map((statement, index) => ({ statement, length: lengths[index] }))
      .sort((one, other) => other.length - one.length).slice(0, LISTED);
    return [
      `the statements would have about ${length} characters, but a ${this.kind.name ?? 'repository policy'} can have`
        + ` ${MAX_POLICY_LENGTH} in total. Grant to an`
        + ' organization or an organizational unit instead of its accounts (RepositoryPrincipal), grant to an account instead of its'
        + ` roles, or omit Sids, so that statements can be merged. The largest of ${statements.length}:`
      + ` ${largest.map(one => this.describe(one.statement, one.length)).join('; ')}`,
    ];
  }

  private problemsOf(statement: iam.PolicyStatement, name: string, mayLockOut: boolean): string[] {
    const json = statement.toStatementJson() as Statement;
    const shown = toReadableJson(Stack.of(this.scope).resolve(json)) as Statement;
    return [
      ...this.kind.canHaveResources ? [] : resourceProblems(json, name),
      ...lastingProblems(json, name),
      ...this.kind.problemsOf?.(shown, name) ?? [],
      ...mayLockOut || !locksOut(shown, [String(toReadableJson(Stack.of(this.scope).resolve(this.account)))]) ? [] : [
        `'${name}' must not prevent the deploying principal from changing the policy, got: ${JSON.stringify(shown)}. Exempt the principal`
          + ' with a condition, or set \'force: true\' on an imported repository',
      ],
    ];
  }

  /** Returns the problems of repeated Sids. A statement that is added again with the same Sid is rendered once. */
  private sidProblems(statements: readonly iam.PolicyStatement[]): string[] {
    const first = new Map<string, string>();
    const repeated = new Set<string>();
    for (const statement of statements) {
      if (statement.sid === undefined) continue;
      const text = JSON.stringify(Stack.of(this.scope).resolve(statement.toStatementJson()));
      if ((first.get(statement.sid) ?? text) !== text) repeated.add(statement.sid);
      first.set(statement.sid, text);
    }
    return [...repeated].map(sid => `different statements must have different Sids, got more than one with: "${sid}"`);
  }

  private warnOfEveryAction(): void {
    const hasEveryAction = ({ actions, notActions }: iam.PolicyStatement) => [...actions, ...notActions].includes(EVERY_ACTION);
    if (!this.statements.some(hasEveryAction)) return;
    Annotations.of(this.scope).addWarningV2('cdk-ecr-keeper:policy-every-action', POLICY_EVERY_ACTION);
  }

  private lengthOf(statement: Statement): number {
    return textLength(Stack.of(this.scope).resolve(statement)) + (this.kind.ownerLength ?? 0);
  }

  private describe(statement: Statement, length: number): string {
    const resolved = Stack.of(this.scope).resolve(statement) as Statement;
    const start = JSON.stringify(resolved.Action ?? resolved.NotAction).slice(0, 60);
    return `${resolved.Sid === undefined ? 'one' : `'${JSON.stringify(resolved.Sid)}'`} of ${length} characters, for ${start}`;
  }
}

function distinct(stack: Stack, statements: readonly Statement[]): Statement[] {
  return [...new Map(statements.map(statement => [JSON.stringify(stack.resolve(statement)), statement])).values()];
}
