import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { LambdaFunctions, limitToFunctions } from './lambda-retrieval';
import { throwProblems } from '../problems';
import { Canonical, isText, toReadableJson } from './rendered-statement';
import { MAX_POLICY_LENGTH, Statement } from '../../core/policy/document';
import { fold } from '../../core/policy/fold';
import { locksOut } from '../../core/policy/lock-out';
import { statementProblems } from '../../core/policy/problems';
import { textLength } from '../handler/policy-length';

/** How many of the largest statements an error lists. */
const LISTED = 3;

/** The statements that an app writes into the policy of one repository: checked when they are added, rendered in few. */
export class PolicyStatements {
  private readonly statements = new Array<iam.PolicyStatement>();
  private readonly mayLockOut = new Set<iam.PolicyStatement>();

  /**
   * @param functions that statements for AWS Lambda without a condition on the source are limited to
   * @param account of the repository
   * @param ownerLength how much longer every Sid becomes when it is written with its owner
   */
  constructor(
    private readonly scope: IConstruct, private readonly functions: LambdaFunctions,
    private readonly account: string, private readonly ownerLength: number,
  ) {}

  public get isEmpty(): boolean {
    return this.statements.length === 0;
  }

  /** @param mayLockOut whether statements are accepted that deny changing the policy to whoever deploys it */
  public add(path: string, statements: readonly iam.PolicyStatement[], mayLockOut: boolean): void {
    const sids = [...this.statements, ...statements].map(statement => statement.sid).filter(sid => sid !== undefined);
    const repeated = sids.filter((sid, index) => sids.indexOf(sid) !== index);
    throwProblems(path, [
      ...statements.flatMap((statement, index) => this.problemsOf(statement, `statements[${index}]`, mayLockOut)),
      ...[...new Set(repeated)].map(sid => `each Sid must be used once, got more than once: "${sid}"`),
    ]);
    this.statements.push(...statements);
    if (mayLockOut) for (const statement of statements) this.mayLockOut.add(statement);
  }

  /** Few statements that mean the same; those with a Sid stay as they are. */
  public render(): Statement[] {
    const canonical = new Canonical(Stack.of(this.scope));
    const statements = this.statements
      .flatMap(statement => limitToFunctions(canonical.of(statement.toStatementJson() as Statement), this.functions))
      .map(statement => canonical.of(statement));
    return [...fold(statements.filter(isText)), ...statements.filter(statement => !isText(statement))];
  }

  /** Statements may have been changed since they were added. */
  public validate(): string[] {
    const problems = this.statements.flatMap((statement, index) =>
      this.problemsOf(statement, `statements[${index}]`, this.mayLockOut.has(statement)));
    if (problems.length > 0) return problems;
    const statements = this.render();
    const lengths = statements.map(statement => this.lengthOf(statement));
    const length = lengths.reduce((sum, one) => sum + one, 0);
    if (length <= MAX_POLICY_LENGTH) return [];
    const largest = statements.map((statement, index) => ({ statement, length: lengths[index] }))
      .sort((one, other) => other.length - one.length).slice(0, LISTED);
    return [
      `the statements would have about ${length} characters, a repository policy can have ${MAX_POLICY_LENGTH} in all`
      + ' — grant to an organization or an organizational unit in place of its accounts (RepositoryPrincipal), to an account in place of'
      + ` its roles, or leave Sids out, so that statements can be merged; the largest of ${statements.length}:`
      + ` ${largest.map(one => this.describe(one.statement, one.length)).join('; ')}`,
    ];
  }

  private problemsOf(statement: iam.PolicyStatement, name: string, mayLockOut: boolean): string[] {
    const json = statement.toStatementJson() as Statement;
    const shown = toReadableJson(Stack.of(this.scope).resolve(json)) as Statement;
    return [
      ...statementProblems(json, name),
      ...mayLockOut || !locksOut(shown, [String(toReadableJson(Stack.of(this.scope).resolve(this.account)))]) ? [] : [
        `'${name}' must not deny changing the policy to whoever deploys it, got: ${JSON.stringify(shown)} — exempt them with a`
        + ' condition, or on an imported repository set \'force: true\'',
      ],
    ];
  }

  private lengthOf(statement: Statement): number {
    return textLength(Stack.of(this.scope).resolve(statement)) + this.ownerLength;
  }

  private describe(statement: Statement, length: number): string {
    const resolved = Stack.of(this.scope).resolve(statement) as Statement;
    const start = JSON.stringify(resolved.Action ?? resolved.NotAction).slice(0, 60);
    return `${resolved.Sid === undefined ? 'one' : `'${JSON.stringify(resolved.Sid)}'`} of ${length} characters, for ${start}`;
  }
}
