import type { DeclaredRepository } from './declared-repositories';
import { addressOf } from './find-declaration';
import { Finding, isHarm } from './finding';
import type { LiveRepository } from './live-repository';
import { toOneLine } from '../../src/core/format';
import { renderColumns } from '../columns';
import { paint, Terminal } from '../terminal';

/** The result of the check before an import. */
export interface Report {
  readonly declaration: DeclaredRepository;
  readonly live: LiveRepository;
  readonly findings: readonly Finding[];
  /** TypeScript that keeps the settings that would be lost. */
  readonly code: string | undefined;
  /** The command that imports the repository. */
  readonly command: string;
}

export function isSafe({ findings }: Report): boolean {
  return !findings.some(isHarm);
}

export function reportAsText(report: Report, terminal: Terminal): string {
  const { declaration, live: { repositoryName, region, account }, findings, code, command } = report;
  const commands = findings.flatMap(finding => finding.command ?? []);
  const rows = [...findings].sort((one, other) => Number(isHarm(other)) - Number(isHarm(one)))
    .map(({ effect, setting, message }) => [effect.toLowerCase(), setting, toOneLine(message)]);
  const [heading, ...lines] = renderColumns(['EFFECT', 'SETTING', ''], rows, terminal.width);
  return [
    `${repositoryName} in ${region}, account ${account}: declared as ${toOneLine(addressOf(declaration))}`,
    '',
    ...rows.length === 0 ? [] : [paint(heading, 'dim', terminal), ...lines, ''],
    ...commands.length === 0 ? [] : ['Commands for these findings:', '', ...commands.map(each => `  ${toOneLine(each)}`), ''],
    ...code === undefined ? [] : ['To keep the current settings of the repository, declare it like this:', '', code],
    ...isSafe(report) ? [`${paint('The import is safe.', 'green', terminal)} Run: ${command}`, ''] : [],
  ].join('\n');
}

export function reportAsJson(report: Report): string {
  const { declaration: { logicalId, stack }, live: { repositoryName, region, account }, findings, code, command } = report;
  return `${JSON.stringify({
    repository: repositoryName,
    region,
    account,
    stack: stack.id,
    logicalId,
    isSafe: isSafe(report),
    findings: findings.map(({ setting, effect, message, command: remedy }) => ({ setting, effect, message, command: remedy })),
    typescript: code ?? null,
    command,
  }, null, 2)}\n`;
}
