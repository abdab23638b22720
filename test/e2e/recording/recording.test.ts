import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from './cast';
import { rowsOf, widthOf } from './screen';
import { animate } from './svg';
import { Teardown } from '../../../src';
import { owned, Scene } from '../../lambda/teardown/scene';

const IMAGES = resolve(__dirname, '..', '..', '..', 'docs', 'images');
const read = (extension: string) => readFileSync(join(IMAGES, `destroy-refused.${extension}`), 'utf8');

/** If a message or the drawing has changed, run `npx projen recording`. */
describe('docs/images/destroy-refused.svg', () => {
  const svg = read('svg');
  const cast = parse(read('cast'));

  test('shows the message of the current function', async () => {
    const repositoryName = 'quickstart/app';
    const scene = await Scene.start();
    try {
      const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 2 }), 'App', repositoryName));
      scene.ecr.seed({ repositoryName, images: 3, kind: 'flat' });
      const { Reason: reason } = (await scene.destroy(stack))!;
      const comparable = (text: string) => text.replace(/\r/g, '').replace(/Value=[0-9a-f]{12}/, 'Value=…')
        .replace(/:\d{12}:/, ':…:').replace(/--stack-name \w+/, '--stack-name …').replace(/--retain-resources \w+/, '--retain-resources …');
      const printed = comparable(cast.events.map(([, text]) => text).join('').replace(/\$ cdk destroy[^]*?(?=Repository ')/, ''));
      expect(printed.slice(0, comparable(reason).length)).toBe(comparable(reason));
    } finally {
      await scene.stop();
    }
  });

  test('is drawn from the committed recording', () => {
    expect(svg).toBe(animate(cast));
  });

  test('waits at most two seconds for printed text', () => {
    const waits = cast.events.map(([seconds, text], at) => text.length > 2 && at > 0 ? seconds - cast.events[at - 1][0] : 0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(2.001);
  });

  test('has at most 100 columns', () => {
    expect(cast.header.width).toBeLessThanOrEqual(100);
    expect(rowsOf(cast).filter(({ text }) => widthOf(text.trimEnd()) > cast.header.width)).toEqual([]);
  });

  // a page shows the picture with <img>, in which neither works
  test('has no script and no reference to another file', () => {
    expect(svg).not.toMatch(/<script|<foreignObject|<image|<use|@import|\bon\w+=|href/i);
    expect([...svg.matchAll(/url\(([^)]*)\)/g)].map(([, target]) => target)).toEqual(['#v']);
    expect([...svg.matchAll(/\b[a-z]+:\/\/[^"'\s<]+/g)].map(([address]) => address)).toEqual(['http://www.w3.org/2000/svg']);
  });

  test('has less than 80 KB, and no path of the machine that recorded it', () => {
    expect(Buffer.byteLength(svg)).toBeLessThan(80_000);
    expect(svg + read('cast')).not.toMatch(/\/(home|tmp|root|work|Users|var)\//);
  });
});
