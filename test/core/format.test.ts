import { formatBytes } from '../../src/core/format';

test.each([
  [0, '0 B'], [999, '999 B'], [1_000, '1 kB'], [999_499, '999 kB'], [999_999, '1 MB'], [12_345_678, '12.3 MB'], [1e9, '1 GB'],
  [4_785e9, '4.79 TB'], [4_780e12, '4.78 PB'],
])('a size of %i bytes is written as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
