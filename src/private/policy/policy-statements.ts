import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { forFunctions, Functions } from './lambda-retrieval';
import { throwProblems } from '../problems';
import { Canonical, isText, shownValue } from './rendered-statement';
import { MAX_POLICY_LENGTH, Statement } from '../../core/policy/document';
import { fold } from '../../core/policy/fold';
import { locksOut } from '../../core/policy/lock-out';
import { statementProblems } from '../../core/policy/problems';
import { textLength } from '../handler/policy-length';

/** How many of the largest statements an error names. */
const NAMED = 3;

/** The statements of one repository's policy that an app writes: checked as they come, rendered in few. */
export class PolicyStatements {
  private readonly statements = new Array<iam.PolicyStatement>();
  private readonly mayLockOut = new Set<iam.PolicyStatement>();

  /**
   * @param functions for whose functions AWS Lambda is allowed something, where a statement does not say
   * @param account of the repository
   * @param ownerLength what every Sid grows by when it is made to carry its owner
   */
  constructor(
    private readonly scope: IConstruct, private readonly functions: Functions, private readonly account: string, private readonly ownerLength: number,
  ) {}

  public get isEmpty(): boolean {
    return this.statements.length === 0;
  }

  /** @param mayLockOut whether statements are taken that keep whoever deploys from changing the policy again */
  public add(path: string, added: readonly iam.PolicyStatement[], mayLockOut: boolean): void {
    const sids = [...this.statements, ...added].map(statement => statement.sid).filter(sid => sid !== undefined);
    const twice = sids.filter((sid, index) => sids.indexOf(sid) !== index);
    throwProblems(path, [
      ...added.flatMap((statement, index) => this.problemsOf(statement, `statements[${index}]`, mayLockOut)),
      ...[...new Set(twice)].map(sid => `every Sid must be given once, got twice: ${sid}`),
    ]);
    this.statements.push(...added);
    if (mayLockOut) for (const statement of added) this.mayLockOut.add(statement);
  }

  /** In few statements that mean the same; those with a Sid as they are. */
  public render(): Statement[] {
    const canonical = new Canonical(Stack.of(this.scope));
    const rendered = this.statements
      .flatMap(statement => forFunctions(canonical.of(statement.toStatementJson() as Statement), this.functions))
      .map(statement => canonical.of(statement));
    return [...fold(rendered.filter(isText)), ...rendered.filter(statement => !isText(statement))];
  }

  /** Statements may have been changed since they were added. */
  public validate(): string[] {
    const problems = this.statements.flatMap((statement, index) => this.problemsOf(statement, `statements[${index}]`, this.mayLockOut.has(statement)));
    if (problems.length > 0) return problems;
    const statements = this.render();
    const lengths = statements.map(statement => this.lengthOf(statement));
    const length = lengths.reduce((sum, one) => sum + one, 0);
    if (length <= MAX_POLICY_LENGTH) return [];
    const largest = statements.map((statement, index) => ({ statement, length: lengths[index] })).sort((a, b) => b.length - a.length).slice(0, NAMED);
    return [
      `the statements would have about ${length} characters, a repository's policy has room for ${MAX_POLICY_LENGTH} in all — grant to an organization or an`
      + ' organizational unit in place of its accounts (RepositoryPrincipal), to an account in place of its roles, or leave Sids out, so that statements can be'
      + ` brought together; the largest of ${statements.length}: ${largest.map(one => this.described(one.statement, one.length)).join('; ')}`,
    ];
  }

  private problemsOf(statement: iam.PolicyStatement, name: string, mayLockOut: boolean): string[] {
    const json = statement.toStatementJson() as Statement;
    const shown = shownValue(Stack.of(this.scope).resolve(json)) as Statement;
    return [
      ...statementProblems(json, name),
      ...mayLockOut || !locksOut(shown, [String(shownValue(Stack.of(this.scope).resolve(this.account)))]) ? [] : [
        `'${name}' must not deny changing the policy to whoever deploys it, got: ${JSON.stringify(shown)} — spare them with a`
        + ' condition; on an imported repository \'force\' says that it is meant',
      ],
    ];
  }

  private lengthOf(statement: Statement): number {
    return textLength(Stack.of(this.scope).resolve(statement)) + this.ownerLength;
  }

  private described(statement: Statement, length: number): string {
    const resolved = Stack.of(this.scope).resolve(statement) as Statement;
    const start = JSON.stringify(resolved.Action ?? resolved.NotAction).slice(0, 60);
    return `${resolved.Sid === undefined ? 'one' : `'${JSON.stringify(resolved.Sid)}'`} of ${length} characters, for ${start}`;
  }
}
