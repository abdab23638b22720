import { Cast, LONGEST_WAIT } from './cast';
import { Row, rowsOf, widthOf } from './screen';

const COLUMN = 8.4;
const ROW = 20;
const MARGIN = 18;
const TITLE = 38;
const CAPTION_HEIGHT = 34;
/** Number of seconds that the last screen is shown. */
const HOLD = 7;
const CAPTION = `The real CDK CLI on an AWS emulator. Waits are shortened to ${LONGEST_WAIT} seconds, and … replaces omitted text.`;

const COLORS = {
  background: '#0d1117',
  bar: '#161b22',
  border: '#30363d',
  text: '#c9d1d9',
  dim: '#8b949e',
  command: '#ffffff',
  prompt: '#3fb950',
  good: '#3fb950',
  bad: '#ff7b72',
  refusal: '#f0c674',
  hint: '#79c0ff',
};

/** Colors of rows. The first pattern that matches a line determines its color. */
const KINDS: readonly (readonly [RegExp, keyof typeof COLORS])[] = [
  [/^✅/u, 'good'],
  [/^❌|_FAILED/u, 'bad'],
  [/^…$|^Quickstart \| /, 'dim'],
  [/^aws /, 'hint'],
  [/was not deleted|^If the |^To keep |^To delete /, 'refusal'],
];

/**
 * Returns an SVG that shows a recording in a loop. It has no script, so a page can show it as an image. Each row appears at its time, and
 * the rows move up when the screen is full.
 */
export function animate(cast: Cast): string {
  const { width: columns, height } = cast.header;
  const rows = rowsOf(cast);
  const seconds = rows.at(-1)!.seconds + HOLD;
  const at = (time: number) => `${Number((100 * time / seconds).toFixed(2))}%`;
  const [width, screen] = [Math.round(columns * COLUMN + 2 * MARGIN), height * ROW];
  const bottom = TITLE + screen + CAPTION_HEIGHT;
  const frames = new Map<string, string>();
  const named = (prefix: string, body: string) => {
    if (!frames.has(body)) frames.set(body, `${prefix}${frames.size}`);
    return frames.get(body)!;
  };
  const appears = (from: number, until?: number) =>
    named('a', `0%{opacity:0}${at(from)}{opacity:1}${until === undefined ? '' : `${at(until)}{opacity:0}`}`);
  const scrolled = rows.map(({ seconds: time }, row) => [time, Math.max(0, row + 1 - height)] as const)
    .filter(([, by], index, all) => by > 0 && (all[index + 1] === undefined || at(all[index + 1][0]) !== at(all[index][0])));
  const steps = scrolled.map(([time, by]) => `${at(time)}{transform:translateY(-${by * ROW}px)}`);
  const scroll = named('s', `0%{transform:translateY(0)}${steps.join('')}`);
  const last = scrolled.at(-1)?.[1] ?? 0;
  const body = rows.map((row, index) => rowOf(row, index, { at, named, appears, columns })).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom}" width="${width}" role="img">
<title>${escape(cast.header.title)}</title>
<desc>${escape(CAPTION)}</desc>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}
.u{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}
.k{font-weight:bold}
g,text{animation:${seconds.toFixed(1)}s step-end infinite}
${[...frames].map(([frame, name]) => `@keyframes ${name}{${frame}}`).join('\n')}
@media(prefers-reduced-motion:reduce){g,text{animation-name:none!important}.c{display:none}#s{transform:translateY(-${last * ROW}px)}}
</style>
<clipPath id="v"><rect x="1" y="${TITLE}" width="${width - 2}" height="${screen}"/></clipPath>
<rect x=".5" y=".5" width="${width - 1}" height="${bottom - 1}" rx="8" fill="${COLORS.background}" stroke="${COLORS.border}"/>
<path d="M1 ${TITLE - 8}V8a7 7 0 0 1 7-7H${width - 8}a7 7 0 0 1 7 7V${TITLE - 8}z" fill="${COLORS.bar}"/>
${['#ff5f57', '#febc2e', '#28c840'].map((color, dot) => `<circle cx="${20 + 18 * dot}" cy="15" r="5.5" fill="${color}"/>`).join('')}
<text class="u" x="${width / 2}" y="20" fill="${COLORS.dim}" text-anchor="middle">${escape(cast.header.title)}</text>
<g clip-path="url(#v)" style="animation:none"><g id="s" style="animation-name:${scroll}">
${body}
</g></g>
<text class="u" x="${width / 2}" y="${bottom - 11}" fill="${COLORS.dim}" text-anchor="middle">${escape(CAPTION)}</text>
</svg>
`;
}

interface Drawing {
  readonly columns: number;
  at(time: number): string;
  named(prefix: string, body: string): string;
  appears(from: number, until?: number): string;
}

function rowOf({ text, seconds, typedUntil, line: all }: Row, index: number, { at, named, appears, columns }: Drawing): string {
  if (text.trim() === '') return '';
  const y = TITLE + index * ROW;
  const fill = typedUntil === undefined ? KINDS.find(([pattern]) => pattern.test(all))?.[1] ?? 'text' : 'command';
  const shown = typedUntil !== undefined && text.startsWith('$ ')
    ? `<tspan fill="${COLORS.prompt}">$</tspan>${escape(text.slice(1))}` : escape(text);
  const line = `<text x="${MARGIN}" y="${y + 15}" fill="${COLORS[fill]}"${fill === 'command' ? ' class="k"' : ''}`
    + ` textLength="${Number((widthOf(text) * COLUMN).toFixed(1))}"`
    + ` style="animation-name:${appears(seconds)}" xml:space="preserve">${shown}</text>`;
  if (typedUntil === undefined) return line;
  const right = widthOf(text) * COLUMN;
  const moves = named('m', `0%{transform:none}${at(seconds)}{transform:none;animation-timing-function:steps(${text.length})}`
    + `${at(typedUntil)}{transform:translateX(${right.toFixed(1)}px)}100%{transform:translateX(${right.toFixed(1)}px)}`);
  return `${line}<g class="c" style="animation-name:${appears(seconds, typedUntil)}"><g style="animation-name:${moves}">`
    + `<path d="M${MARGIN} ${y}h${(columns * COLUMN).toFixed(1)}v${ROW}h-${(columns * COLUMN).toFixed(1)}z" fill="${COLORS.background}"/>`
    + `<path d="M${MARGIN} ${y + 2}h${COLUMN}v16h-${COLUMN}z" fill="${COLORS.dim}"/></g></g>`;
}

function escape(text: string): string {
  return text.replace(/[&<>]/g, character => `&#${character.charCodeAt(0)};`);
}
