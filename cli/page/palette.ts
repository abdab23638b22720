/**
 * One color for each rule, based on the sets of Okabe and Ito (https://jfly.uni-koeln.de/color/) and of Paul Tol
 * (https://sronpersonalpages.nl/~pault/). The colors were adjusted so that each has a contrast of 3:1 with the background (WCAG 1.4.11) and
 * any two are distinguishable with every kind of color vision. test/browser verifies both. From the ninth rule on, the colors repeat with a
 * pattern. Color is never the only cue: every band of the timeline, every row, and every image also names its rule.
 */
const LIGHT = ['#0065ae', '#cb5100', '#06956d', '#9c3f86', '#3f2f8c', '#91892c', '#7f1f3a', '#4f86c6'];
const DARK = ['#5aa8ef', '#f0803c', '#35c59a', '#c98ccd', '#8f7def', '#e6d75a', '#f9b3b9', '#8fe3f0'];

export const PATTERNS = ['solid', 'diagonal', 'vertical', 'horizontal'] as const;
export type Pattern = typeof PATTERNS[number];

export interface Ink {
  readonly colour: string;
  readonly pattern: Pattern;
}

/** Colors of the canvas, which cannot use a style sheet. */
export interface Scheme {
  readonly inks: readonly string[];
  readonly noRule: string;
  readonly plot: string;
  readonly future: string;
  readonly text: string;
  readonly mutedText: string;
  readonly line: string;
  readonly accent: string;
}

export const LIGHT_SCHEME: Scheme = {
  inks: LIGHT,
  noRule: '#767d86',
  plot: '#ffffff',
  future: '#f4f6f8',
  text: '#1b1f24',
  mutedText: '#58616c',
  line: '#e3e6ea',
  accent: '#0b5cad',
};
export const DARK_SCHEME: Scheme = {
  inks: DARK,
  noRule: '#8f98a3',
  plot: '#1a1e23',
  future: '#20252b',
  text: '#e7eaee',
  mutedText: '#a5afba',
  line: '#30363e',
  accent: '#79b8f8',
};

/** @param rule index of the rule, or the number of rules for images that no rule selects */
export function inkOf(scheme: Scheme, rule: number, rules: number): Ink {
  if (rule >= rules) return { colour: scheme.noRule, pattern: 'solid' };
  return { colour: scheme.inks[rule % scheme.inks.length], pattern: PATTERNS[Math.floor(rule / scheme.inks.length) % PATTERNS.length] };
}

/** Whether a pattern leaves a pixel empty. */
export function isGap(pattern: Pattern, x: number, y: number): boolean {
  if (pattern === 'diagonal') return (x + y) % 6 < 2;
  if (pattern === 'vertical') return x % 5 < 2;
  return pattern === 'horizontal' && y % 3 === 0;
}

/**
 * Blends a color over another, in the format of a canvas buffer: 0xAABBGGRR, because every processor that browsers support is
 * little-endian.
 */
export function mix(colour: string, background: string, share: number): number {
  const channel = (from: number) => {
    const [over, under] = [colour, background].map(hex => parseInt(hex.slice(from, from + 2), 16));
    return Math.round(over * share + under * (1 - share));
  };
  return 0xff000000 + channel(5) * 0x10000 + channel(3) * 0x100 + channel(1);
}

export function currentScheme(isPrinting: boolean): Scheme {
  return !isPrinting && matchMedia('(prefers-color-scheme: dark)').matches ? DARK_SCHEME : LIGHT_SCHEME;
}
