// Preloaded. The app runs on a day before all dates in the examples.
import { pinDate } from './pin-date';

pinDate(Date.UTC(2026, 10, 1));
