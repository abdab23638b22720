import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reportAsJson } from './json-report';
import { writeParts } from './write-parts';
import { Failure } from '../../failure';
import { STANDARD_STREAM, writeFailureReason } from '../../files';
import type { ReportOrder, ReportOutputs } from '../order';
import { renderRegistryPage } from '../page/render-registry-page';
import type { Beginning } from '../progress/begin';
import type { RegistryReport } from '../registry-report';

/**
 * Checks before the first call whether the outputs can be written, because a report can take hours.
 *
 * @returns the files of earlier reports, which this one replaces
 * @throws Failure if they cannot
 */
export async function checkOutputs(order: ReportOrder): Promise<Set<string>> {
  const problems = new Array<string>();
  const earlier = new Set<string>();
  for (const file of filesOf(order.outputs)) {
    const stats = await stat(file).catch(() => undefined);
    // A resumed report continues the CSV file.
    if (stats && !(order.isResumed && file === order.outputs.csv)) earlier.add(file);
    if (stats?.isDirectory()) problems.push(`cannot write ${file}: is a folder, not a file`);
    await access(dirname(file), constants.W_OK).catch((error: unknown) => {
      problems.push(`cannot write ${file}: ${writeFailureReason(error)}`);
    });
  }
  if (order.policies !== undefined) {
    await mkdir(order.policies, { recursive: true }).catch((error: unknown) => {
      problems.push(`cannot write ${order.policies}: ${writeFailureReason(error)}`);
    });
  }
  if (problems.length > 0) throw new Failure(problems);
  return earlier;
}

export function hasStandardOutput({ html, csv, json }: ReportOutputs): boolean {
  return [html, csv, json].includes(STANDARD_STREAM);
}

/** Writes all outputs, then removes the progress. Returns the names of the files. */
export async function writeOutputs(outputs: ReportOutputs, report: RegistryReport, { journal, progress }: Beginning): Promise<string[]> {
  const { html, json } = outputs;
  if (html !== undefined) await writeParts(html, [renderRegistryPage(report)]);
  if (json !== undefined) await writeParts(json, reportAsJson(report));
  await journal.finish();
  await progress?.remove();
  return filesOf(outputs);
}

function filesOf({ html, csv, json }: ReportOutputs): string[] {
  return [html, csv, json].flatMap(file => file === undefined || file === STANDARD_STREAM ? [] : [file]);
}
