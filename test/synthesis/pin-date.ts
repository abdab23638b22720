const Today = Date;

/** From now on it is the given day, so that no test depends on the day when it runs: some warnings do. */
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
