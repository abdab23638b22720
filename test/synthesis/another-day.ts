// Preloaded. The app runs some weeks later, in another time zone.
import { pinDate } from './pin-date';

process.env.TZ = 'Pacific/Apia';
pinDate(Date.UTC(2027, 0, 20));
