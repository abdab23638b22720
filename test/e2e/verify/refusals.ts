import { Interrupted } from '../../../cli/session/interruption';
import { NotHere } from '../place';

/** Returns why AWS or this run prevented an item, or undefined if the item failed. */
export function whyNotRun(error: Error): string | undefined {
  const { name, message } = error;
  if (error instanceof NotHere || error instanceof Interrupted) return message;
  const first = message.split('\n')[0];
  // A denial of our functions is in the events of a stack. It is a failure, unless a policy of the organization is the cause.
  if (/^AccessDenied|^UnauthorizedOperation|^LimitExceeded|QuotaExceeded|^TooMany|^Throttling/.test(name)) return `${name}: ${first}`;
  const limit = /[^\n]*(?:explicit deny in a service control policy|limit exceeded|quota|LimitExceeded)[^\n]*/i.exec(message);
  if (limit) return limit[0].trim();
  return /timed out after/.test(first) ? first : undefined;
}
