import { catalogProblems, differingMembers, logoProblems, sameCatalog } from '../../src/core/public-repository/catalog';
import { publicRepositoryNameProblems } from '../../src/core/public-repository/name';
import { tagProblems } from '../../src/core/repository-tags';
import { png } from '../lambda/public-repository/logo-file';

const known = () => true;

describe('names', () => {
  test.each(['ab', 'a1/b2/c3', 'a.b_c-d', 'a'.repeat(205)])('%s is taken', name => {
    expect(publicRepositoryNameProblems(name)).toEqual([]);
  });

  test.each(['a', 'A1', 'a/', '/a1', 'a//b', 'a__b', 'a--b', '-ab', 'ab-', 'a b', 'a'.repeat(206)])('%s is refused', name => {
    expect(publicRepositoryNameProblems(name)).toHaveLength(1);
  });
});

describe('catalog data', () => {
  test('at their limits all are taken', () => {
    const names = Array(50).fill('x'.repeat(50));
    expect(catalogProblems(
      {
        description: 'x'.repeat(1_024),
        aboutText: 'x'.repeat(25_600),
        usageText: 'x'.repeat(25_600),
        architectures: names,
        operatingSystems: names,
      }, known,
    )).toEqual([]);
  });

  test('above them all are named, at once', () => {
    expect(catalogProblems({
      description: 'x'.repeat(1_025),
      aboutText: 'x'.repeat(25_601),
      usageText: 'x'.repeat(25_601),
      architectures: Array(51).fill('x'),
      operatingSystems: ['Linux', '', 'x'.repeat(51)],
    }, known)).toEqual([
      '\'catalogData.description\' must have at most 1024 characters, got: 1025',
      '\'catalogData.aboutText\' must have at most 25600 characters, got: 25601',
      '\'catalogData.usageText\' must have at most 25600 characters, got: 25601',
      '\'catalogData.architectures\' must have at most 50 entries, got: 51',
      '\'catalogData.operatingSystems[1]\' must have between 1 and 50 characters, got: 0',
      '\'catalogData.operatingSystems[2]\' must have between 1 and 50 characters, got: 51',
    ]);
  });

  test('values that are known only at deployment are not checked', () => {
    expect(catalogProblems({ description: 'x'.repeat(1_025), architectures: [''] }, () => false)).toEqual([]);
  });

  test('the same: order, repetition, line ends and what surrounds a text aside; nothing and empty', () => {
    expect(sameCatalog({ architectures: ['a', 'b', 'a'], aboutText: 'x\r\ny\n' }, { architectures: ['b', 'a'], aboutText: 'x\ny' }))
      .toBe(true);
    expect(sameCatalog({ description: '', operatingSystems: [] }, {})).toBe(true);
    expect(differingMembers({ description: 'a', usageText: 'b', architectures: ['x'] }, { description: 'b', usageText: 'b' }))
      .toEqual(['description', 'architectures']);
  });
});

describe('logos', () => {
  test.each([[60, 60], [2_048, 2_048], [60, 2_048]])('%d x %d is taken', (width, height) => {
    expect(logoProblems(png(width, height))).toEqual([]);
  });

  test.each([[59, 60], [60, 2_049], [0, 0], [0x80000000, 60]])('%d x %d is refused', (width, height) => {
    expect(logoProblems(png(width, height)))
      .toEqual([`'catalogData.logo' must be between 60 and 2048 pixels wide and high, got: ${width} x ${height}`]);
  });

  test('the size of the file', () => {
    const head = png(60).length;
    expect(logoProblems(png(60, 60, Buffer.alloc(512_000 - head)))).toEqual([]);
    expect(logoProblems(png(60, 60, Buffer.alloc(512_001 - head))))
      .toEqual(['\'catalogData.logo\' must have at most 512000 bytes, got: 512001']);
  });

  test.each([['nothing', Buffer.alloc(0)], ['a text', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>')],
    ['a JPEG', Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb0043', 'hex')],
    ['half a header', png(60).subarray(0, 20)]])('%s is no PNG', (_what, bytes) => {
    expect(logoProblems(bytes)).toEqual(['\'catalogData.logo\' must be a PNG file, got something else']);
  });

  test('a view into a larger buffer', () => {
    const larger = Buffer.concat([Buffer.alloc(7), png(60)]);
    expect(logoProblems(larger.subarray(7))).toEqual([]);
  });
});

test('tags: what AWS and this library keep for themselves, and the limits', () => {
  expect(tagProblems({ a: '', b: 'x'.repeat(256) }, known)).toEqual([]);
  expect(tagProblems({ ...Object.fromEntries([...Array(50).keys()].map(n => [`t${n}`, ''])) }, known))
    .toEqual([expect.stringContaining('at most 49 entries')]);
  expect(tagProblems({
    'AWS:x': '',
    'cdk-ecr-keeper:public-repository-by': '',
    'cdk-ecr-keeper:teardown': '',
    '': '',
    [`${'k'.repeat(129)}`]: '',
    'a': 'x'.repeat(257),
  }, known)).toEqual([
    expect.stringMatching(/start with 'aws:'.*got: AWS:x$/),
    expect.stringMatching(/start with 'cdk-ecr-keeper:'.*got: cdk-ecr-keeper:public-repository-by$/),
    expect.stringMatching(/start with 'cdk-ecr-keeper:'.*got: cdk-ecr-keeper:teardown$/),
    '\'tags\' must have keys of 1 to 128 characters, got: 0',
    '\'tags\' must have keys of 1 to 128 characters, got: 129',
    '\'tags\' must have values of at most 256 characters, got for \'a\': 257',
  ]);
});
