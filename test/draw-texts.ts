/**
 * Prints texts to read as somebody who sees the library for the first time, drawn by a seed:
 * `npx tsx test/draw-texts.ts <seed> [summaries messages paragraphs]`, 40, 20 and 10 unless the numbers are given.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { concatenatedTexts, parseSource, publicDocstrings, readSource, sourceFiles, summaryOf } from './source-texts';

const [seed = Date.now() % 1_000_000, ...counts] = process.argv.slice(2).map(Number);
const [summaryCount = 40, messageCount = 20, paragraphCount = 10] = counts;

const summaries = sourceFiles('src').filter(file => /^src\/[^/]+$/.test(file))
  .flatMap(file => publicDocstrings(parseSource(readSource(file))))
  .map(({ name, text }) => `${name}: ${summaryOf(text)}`);

/** A sentence has some words and no code. */
const messages = ['src', 'lambda', 'cli'].flatMap(sourceFiles)
  .flatMap(file => concatenatedTexts(parseSource(readSource(file))).filter(text => text.split(' ').length > 5 && !/[{}<>]/.test(text))
    .map(text => `${file}: ${text}`));

const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.md') && !file.includes('api/'))
  .map(file => join('docs', file));
const paragraphs = pages.flatMap(page => readSource(page).replace(/^---\n.*?\n---\n/s, '').replace(/^```[\s\S]*?^```/gm, '').split(/\n\n+/)
  .filter(block => /^[A-Z*`[-]/.test(block.trim()) && block.split(/\s+/).length > 12)
  .map(block => `${page}: ${block.trim()}`));

function draw(title: string, texts: readonly string[], count: number): void {
  const [drawn] = fc.sample(fc.shuffledSubarray([...texts], { minLength: count, maxLength: count }), { seed, numRuns: 1 });
  console.log(`\n## ${count} of ${texts.length} ${title}\n\n${drawn.map((text, at) => `${at + 1}. ${text}`).join('\n')}`);
}

console.log(`Seed ${seed}`);
draw('summaries', summaries, summaryCount);
draw('messages', messages, messageCount);
draw('paragraphs of docs', paragraphs, paragraphCount);
