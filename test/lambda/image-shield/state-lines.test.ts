import { readState, renderState } from '../../../lambda/image-shield-protect/state-lines';
import { NEW_STATE, parseState, PartitionState, ProtectedImage } from '../../../src/core/shield/state';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const TIME = '2026-06-01T00:00:00.000Z';
const SEEN_IN = ['111111111111/eu-west-1 ecs'];
const image = (more: Partial<ProtectedImage> = {}): ProtectedImage =>
  ({ generation: 1, phase: 'kept', changed: TIME, since: TIME, lastUsed: TIME, seenIn: SEEN_IN, usedBy: 'a task', ...more });
const STATE: PartitionState = {
  version: 1,
  complete: 'team/app',
  images: {
    // a valid name, which every object has
    'constructor': { [digest('a')]: image({ usedBy: '"},\n}}' }) },
    'team/app': { [digest('b')]: image({ indexes: [digest('a')], generation: 2 }) },
    'team/größe': { [digest('c')]: image({ indexes: [], phase: 'releasing' }) },
    'team/empty': {},
  },
};

const textOf = (state: PartitionState) => Buffer.from(renderState(state)).toString();
async function* linesOf(text: string) {
  yield* text.split('\n');
}
const read = (text: string) => readState(linesOf(text));

describe('the state of a partition', () => {
  it('is a JSON document with a line for each image', () => {
    const text = textOf(STATE);
    expect(JSON.parse(text)).toEqual(STATE);
    expect(parseState(text)).toEqual(STATE);
    expect(text.split('\n').filter(line => line.startsWith('"sha256:'))).toHaveLength(3);
  });

  it.each([['images', STATE], ['no image', NEW_STATE]])('is read line by line as it was written, with %s', async (_, state) => {
    expect(JSON.parse(JSON.stringify(await read(textOf(state))))).toEqual(state);
  });

  it('is read with any other layout of the same document', async () => {
    expect(await read(JSON.stringify(STATE))).toEqual(STATE);
    expect(await read(JSON.stringify(STATE, undefined, 2))).toEqual(STATE);
  });

  it('keeps equal times and sources once in memory', async () => {
    const { images } = (await read(textOf(STATE)))!;
    expect(images['team/app'][digest('b')].seenIn).toBe(images['team/größe'][digest('c')].seenIn);
  });

  const text = textOf(STATE);
  it.each([
    ['nothing', ''],
    ['another document', '[]'],
    ['a document that is cut off between two images', text.split('\n').slice(0, 3).join('\n')],
    ['a document that is cut off within an image', text.slice(0, 300)],
    ['a document without its end', text.slice(0, text.lastIndexOf('\n}}'))],
    ['two documents', text + text],
    ['an invalid phase', text.replace('"releasing"', '"gone"')],
    ['an invalid digest', text.replace(digest('c'), 'sha256:c')],
    ['an image outside of a repository', text.replace('"team/größe":{\n', '')],
    ['another version', text.replace('"version":1', '"version":2')],
  ])('is damaged if the object has %s', async (_, damaged) => {
    expect(await read(damaged)).toBeUndefined();
  });
});
