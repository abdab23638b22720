// Preloaded: the app runs on a day before anything in the examples is over.
import { pinDate } from './pin-date';

pinDate(Date.UTC(2026, 10, 1));
