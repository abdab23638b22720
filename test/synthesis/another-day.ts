// Preloaded: the app runs 400 days later, in another time zone.
const Today = Date;
const LATER = 400 * 24 * 60 * 60 * 1000;

process.env.TZ = 'Pacific/Apia';
globalThis.Date = class extends Today {
  static now(): number {
    return Today.now() + LATER;
  }

  constructor(...given: [] | [number | string | Date]) {
    super(given.length === 0 ? Today.now() + LATER : given[0]);
  }
} as DateConstructor;
