import { describeRefusal } from '../../cli/aws-refusal';
import { renderColumns } from '../../cli/columns';
import { renderDecisionTable } from '../../cli/decision-table';
import { parseIsoTime } from '../../cli/iso-time';
import { createProgress } from '../../cli/progress';
import { StatusLine } from '../../cli/status-line';
import { paint, terminalOf, wrap } from '../../cli/terminal';
import { toOneLine } from '../../src/core/format';

describe('a terminal', () => {
  const hasColors = () => true;

  test('has a width and colors, unlike a pipe', () => {
    expect(terminalOf({ isTTY: true, columns: 66, hasColors })).toEqual({ width: 66, isColoured: true });
    expect(terminalOf({ isTTY: true, columns: 0, hasColors: () => false })).toEqual({ width: 80, isColoured: false });
    expect(terminalOf({ isTTY: undefined as unknown as boolean, columns: 66, hasColors })).toEqual({ width: Infinity, isColoured: false });
  });

  test('is painted only if it supports colors', () => {
    expect(paint('x', 'red', { width: 1, isColoured: true })).toBe('\u001b[31mx\u001b[0m');
    expect(paint('x', 'red', { width: 1, isColoured: false })).toBe('x');
  });

  test('receives no control characters from text', () =>
    expect(toOneLine(' a\r\n b\u001b[0m\u0007\u009b ')).toBe('a b\ufffd[0m\ufffd\ufffd'));
});

test.each([
  ['', 5, ['']],
  ['one two three', 8, ['one two', 'three']],
  ['one two', 7, ['one two']],
  ['a 12345678901 b', 5, ['a', '12345', '67890', '1 b']],
  ['one two', Infinity, ['one two']],
])('wrap breaks %j within %d columns', (text, width, lines) => expect(wrap(text, width)).toEqual(lines));

describe('columns', () => {
  const rows = [['1', 'a-tag, another-tag', 'for a reason that is rather long'], ['22', 'b', 'short']];
  const heading = ['N', 'TAGS', 'REASON'];

  test('are as wide as their content', () => {
    expect(renderColumns(heading, rows, Infinity)).toEqual([
      '  N   TAGS                REASON',
      '  1   a-tag, another-tag  for a reason that is rather long',
      '  22  b                   short',
    ]);
  });

  test('wrap if there is not enough room', () => {
    expect(renderColumns(heading, rows, 44)).toEqual([
      '  N   TAGS            REASON',
      '  1   a-tag,          for a reason that is',
      '      another-tag     rather long',
      '  22  b               short',
    ]);
  });

  test('give the second-to-last column the width that the last column does not need', () => {
    expect(renderColumns(heading, [['1', 'a-tag, another-tag', 'short']], 32))
      .toEqual(['  N  TAGS                REASON', '  1  a-tag, another-tag  short']);
  });

  test.each([36, 40, 60, 80])('never exceed a width of %d', width => {
    for (const line of renderColumns(heading, rows, width)) expect(line.length).toBeLessThanOrEqual(width);
  });
});

test('a decision table has the colors and the width of its terminal', () => {
  const image = { digest: `sha256:${'a'.repeat(64)}`, tags: ['a-long-tag-of-a-branch'], storageClass: 'standard', pushedAt: 0 } as const;
  const rule = {
    rulePriority: 1,
    description: 'word '.repeat(30),
    selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
    action: { type: 'expire' },
  } as const;
  const decision = {
    action: 'EXPIRE', rule, reason: 'rule 1: number 2 of 2 from the newest, beyond the limit of 1', blockedBy: [],
  } as const;
  const simulation = { title: 'title', rules: [rule], images: [image], decisions: [decision], at: 1e9, isAll: false };
  const table = renderDecisionTable(simulation, { width: 64, isColoured: true });
  expect(table).toContain('\n\u001b[31mexpire: 1 image\u001b[0m\n\u001b[2m  AGE ');
  const plain = renderDecisionTable(simulation, { width: 64, isColoured: false });
  expect(plain).not.toContain('\u001b');
  for (const line of plain.split('\n')) expect(line.length).toBeLessThanOrEqual(64);
});

describe('progress', () => {
  const progressed = (isTTY: boolean, ...reached: number[]): string => {
    let text = '';
    const progress = createProgress({ isTTY, write: (piece: string) => { text += piece; return true; } }, 'app');
    for (const images of reached) progress.report(images);
    progress.finish(reached[reached.length - 1]);
    return text;
  };

  test('rewrites one line of a terminal', () => {
    expect(progressed(true, 1000, 1500))
      .toBe('\r\u001b[Kread 1000 images of app …\r\u001b[Kread 1500 images of app …\r\u001b[Kread 1500 images of app\n');
  });

  test('writes few lines to a log', () => {
    expect(progressed(false, ...Array.from({ length: 21 }, (_, page) => (page + 1) * 1000)))
      .toBe('read 10000 images of app so far\nread 20000 images of app so far\nread 21000 images of app\n');
  });

  test('writes no last line if there are no images', () => expect([progressed(true, 0), progressed(false, 0)])
    .toEqual(['\r\u001b[Kread 0 images of app …', '']));
});

describe('a status line', () => {
  const said = (isTTY: boolean, states: ReadonlyArray<readonly [number, string]>): string => {
    let text = '';
    let at = 0;
    const line = new StatusLine({ isTTY, columns: 20, write: (piece: string) => { text += piece; return true; } }, () => at);
    for (const [second, state] of states) {
      at = second * 1000;
      line.say(state);
    }
    line.clear();
    line.clear();
    return text;
  };

  test('is rewritten and cleared on a terminal, and never longer than its width', () => {
    expect(said(true, [[0, 'one\u001b'], [0, 'the images of repository app']]))
      .toBe('\r\u001b[Kone\ufffd …\r\u001b[Kthe images of rep …\r\u001b[K');
  });

  test('writes few lines to a log, and none in a short run', () => {
    expect(said(false, [[1, 'one'], [9, 'two'], [11, 'three'], [15, 'four'], [21, 'five']])).toBe('three …\nfive …\n');
  });
});

test.each([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T12:30', '2026-01-31T12:30:00.000Z'],
  ['2026-01-31T12:30:15.5', '2026-01-31T12:30:15.500Z'],
  ['2026-01-31T12:30:15+02:00', '2026-01-31T10:30:15.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
])('parseIsoTime parses %s as %s', (text, moment) => expect(new Date(parseIsoTime(text)).toISOString()).toBe(moment));

test.each([
  ...['ThrottlingException', 'Throttling', 'ThrottleException', 'TooManyRequestsException', 'RequestLimitExceeded', 'SlowDown']
    .map(name => [name, 'Rate exceeded', 'AWS throttled every attempt. Try again in a few minutes']),
  ['ExpiredTokenException', 'The security token included in the request is expired',
    'AWS rejected the credentials: The security token included in the request is expired. Sign in again'],
  ...['UnrecognizedClientException', 'InvalidClientTokenId'].map(name => [name, 'The security token included in the request is invalid',
    'AWS rejected the credentials: The security token included in the request is invalid. Sign in again, or check whether the account has'
    + ' enabled the Region']),
  ['AccessDeniedException', '', 'access denied to ecr:DescribeImages on repository \'app\': AccessDeniedException'],
  ['InvalidParameterException', 'no good', 'repository \'app\': ecr:DescribeImages failed: no good'],
])('describeRefusal explains %s', (name, message, expected) => {
  expect(describeRefusal(Object.assign(new Error(message), { name }), { repositoryName: 'app', action: 'ecr:DescribeImages' }))
    .toBe(expected);
});

test('describeRefusal explains the status code 429 without a name', () => {
  const error = Object.assign(new Error('UnknownError'), { name: 'Error', $metadata: { httpStatusCode: 429 } });
  expect(describeRefusal(error, { repositoryName: 'app', action: 'ecr:DescribeImages' }))
    .toBe('AWS throttled every attempt. Try again in a few minutes');
});
