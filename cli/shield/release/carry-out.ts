import type { KeptImage } from './plan';
import { isAccessDenied } from '../../../lambda/shared/protocol/errors';
import type { EcrTask } from '../../../lambda/shared/protocol/job';
import { releaseImage } from '../../../lambda/shared/shield/release';
import { Interrupted } from '../../session/interruption';
import { Session, THROTTLING_PATIENCE } from '../../session/session';
import { reasonOf } from '../../teardown/reason';

/** What happened to one image. */
export interface Outcome extends KeptImage {
  /** GONE: the image does not exist anymore. OPEN: it was not tried. */
  readonly outcome: 'RELEASED' | 'GONE' | 'FAILED' | 'OPEN';
  readonly reason?: string;
}

/** Releases one image after another. An image that was begun is finished before an interruption. */
export async function carryOut(
  session: Session, ecrTask: EcrTask, region: string, images: readonly KeptImage[], tagPrefix: string,
): Promise<Outcome[]> {
  const outcomes = new Array<Outcome>();
  const denials = new Map<string, string>();
  for (const [index, image] of images.entries()) {
    const denial = denials.get(image.repository);
    if (session.interruption.signal.aborted || denial !== undefined) {
      outcomes.push({ ...image, outcome: 'OPEN', ...denial === undefined ? {} : { reason: denial } });
      continue;
    }
    const lines = new Array<string>();
    const task: EcrTask = {
      ...ecrTask,
      deadline: Date.now() + THROTTLING_PATIENCE,
      log: line => lines.push(line),
      progress: () => session.task.progress(`releasing images (${index} of ${images.length}), repository '${image.repository}'`),
    };
    try {
      outcomes.push(await release(session, task, image, tagPrefix, lines));
    } catch (error) {
      if (error instanceof Interrupted) {
        outcomes.push({ ...image, outcome: 'OPEN' });
        continue;
      }
      const reason = reasonOf(error, { repository: image.repository, region });
      // Each further image of the repository would fail too.
      if (isAccessDenied(error)) denials.set(image.repository, 'not tried after the denial');
      outcomes.push({ ...image, outcome: 'FAILED', reason });
    }
  }
  return outcomes;
}

async function release(
  { interruption }: Session, task: EcrTask, image: KeptImage, tagPrefix: string, lines: readonly string[],
): Promise<Outcome> {
  const outcome = await interruption.complete(() => releaseImage(task, image.repository, image, tagPrefix));
  if (outcome === 'released') return { ...image, outcome: 'RELEASED' };
  if (outcome === 'gone') return { ...image, outcome: 'GONE' };
  return { ...image, outcome: 'FAILED', reason: [outcome.reason, ...lines].join('. ') };
}
