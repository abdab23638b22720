import { ShieldObjects } from '../../../lambda/shared/shield/objects';
import { stepTask } from '../../../lambda/shared/shield/step';
import { LocalAccount } from '../local-account';

const BUCKET = 'shield-state';
let fakes: LocalAccount;
let objects: ShieldObjects;

// in-process, an object arrives in one piece
beforeEach(async () => {
  fakes = await LocalAccount.start('sockets');
  fakes.s3.bucket(BUCKET);
  const { task } = stepTask(fakes.surroundings('test'), { invokedFunctionArn: '', getRemainingTimeInMillis: () => 900_000 });
  objects = new ShieldObjects(task, fakes.clients('test').s3(), BUCKET);
});
afterEach(() => fakes.stop());

async function linesOf(text: string): Promise<string[] | undefined> {
  fakes.s3.edit(BUCKET, 'key', text);
  const object = await objects.readLines('key');
  const lines = new Array<string>();
  for await (const line of object!.lines) lines.push(line);
  return lines;
}

describe('the lines of an object', () => {
  const many = Array.from({ length: 20_000 }, (_, nth) => `größe ${nth}: ${'ü'.repeat(nth % 7)}`);

  it.each([
    ['that ends with a line feed', `${many.join('\n')}\n`, many],
    ['that ends without a line feed', many.join('\n'), many],
    ['with empty lines', 'a\n\nb\n', ['a', '', 'b']],
    ['with one line that arrives in many pieces', 'ö'.repeat(300_000), ['ö'.repeat(300_000)]],
    ['that is empty', '', []],
  ])('are complete for an object %s', async (_, text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
  });

  it('are undefined for an object that does not exist', async () => {
    expect(await objects.readLines('none')).toBeUndefined();
  });
});
