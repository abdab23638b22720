import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { Interrupted } from '../session/interruption';

/** Whether a user can see and answer a question. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Whether the user typed exactly the expected text.
 *
 * @throws Interrupted
 */
export async function isConfirmed(
  question: string, expected: string, signal: AbortSignal, input: Readable = process.stdin, output: Writable = process.stderr,
): Promise<boolean> {
  // In terminal mode, readline would handle Ctrl-C instead of passing on the signal.
  const lines = createInterface({ input, output, terminal: false });
  try {
    const end = new Promise<string>(resolve => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(question, { signal }), end]);
    return answer.trim() === expected;
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw error;
  } finally {
    lines.close();
  }
}
