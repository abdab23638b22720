import type { Order } from './order';
import { Session, startSession } from '../session/session';

/** State of one run of `teardown`. */
export interface Run extends Session {
  readonly order: Order;
}

export function runOf(order: Order): Run {
  return { order, ...startSession() };
}
