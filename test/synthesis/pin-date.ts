const Today = Date;

/** Sets the current date to the given day, so that no test depends on the day on which it runs. Some warnings depend on the date. */
export function pinDate(day: number): void {
  const passed = day - Today.now();
  globalThis.Date = class extends Today {
    static now(): number {
      return Today.now() + passed;
    }

    constructor(...given: [] | [number | string | Date]) {
      super(given.length === 0 ? Today.now() + passed : given[0]);
    }
  } as DateConstructor;
}
