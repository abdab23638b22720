/** Does the work for each item, at most `atOnce` at a time. After a failure, it starts no more and waits for what is running. */
export async function runConcurrently<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const failures = new Array<unknown>();
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    while (next < items.length && failures.length === 0) {
      try {
        await work(items[next++]);
      } catch (error) {
        failures.push(error);
      }
    }
  }));
  if (failures.length > 0) throw failures[0];
}
