import { Bed } from '../demo/bed';
import { CHAPTERS, Chapter } from '../demo/chapters';
import { bootstrap } from '../demo/quickstart';
import { Steps } from '../demo/steps';
import { Terminal } from '../demo/terminal';
import { Emulator } from '../emulator';
import type { Place } from '../place';
import { Result } from '../results';

/** Runs a chapter of the demo without a terminal. Returns a result for each step. */
export async function playChapter(chapter: Chapter, place: Place): Promise<Result[]> {
  const isAws = !(place instanceof Emulator);
  const lines = new Array<string>();
  const bed = new Bed(place);
  const steps = new Steps(new Terminal(text => lines.push(text)), place, isAws);
  // The first chapter shows `cdk bootstrap`. For the others, an emulator is bootstrapped without the CDK CLI.
  const isFirst = chapter === CHAPTERS[0] && !isAws;
  if (!isFirst) await bed.stacks.bootstrap();
  const bootstrapped = isFirst ? await steps.run('Bootstrap the account', [], step => bootstrap(step, bed))
    : { title: 'Bootstrap the account', value: { of: undefined } };
  await chapter.play(steps, bed, bootstrapped);
  const where = isAws ? 'AWS, CDK CLI' : chapter.notOnAws?.includes('fake') ? 'MiniStack and local fakes, CDK CLI' : 'MiniStack, CDK CLI';
  const firstFailed = steps.rows.findIndex(({ failed }) => failed > 0);
  return steps.rows.map(({ title, seconds, failed, notHere }, at) => ({
    title: `demo, ${chapter.title}: ${title}`,
    outcome: notHere !== undefined ? 'not run' : failed > 0 ? 'failed' : 'passed',
    seconds,
    where,
    ...notHere !== undefined ? { detail: notHere } : failed > 0 && { detail: at === firstFailed ? lines.join('') : 'see above' },
  }));
}
