import { Emulator } from './emulator';

/** Each emulator plays one scene at a time, because a scene reads the decisions, and sets the readings, of its whole emulator. */
const EMULATORS = 2;

/** Works off a list on several emulators. The longest items come first. */
export async function onEmulators<T>(
  items: readonly T[], work: (item: T, emulator: Emulator, nth: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items.entries()];
  await Promise.all(Array.from({ length: Math.min(EMULATORS, items.length) }, async () => {
    const emulator = await Emulator.start();
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) await work(next[1], emulator, next[0]);
    } finally {
      await emulator.stop();
    }
  }));
}
