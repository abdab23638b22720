/** Prints one line for each check. A failed check does not stop the others. */
export class Outcomes {
  passed = 0;
  failed = 0;

  async check(title: string, run: () => unknown): Promise<void> {
    const started = Date.now();
    let error: unknown;
    try {
      await run();
    } catch (thrown) {
      error = thrown;
    }
    if (error === undefined) this.passed++;
    else this.failed++;
    console.log(`${error === undefined ? 'ok    ' : 'FAILED'} ${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${title}`);
    if (error !== undefined) console.log(error instanceof Error ? error.stack : String(error));
  }
}
