import { asList, Json, Statement } from './document';

/** Whether the patterns of `Action` or `NotAction` match an action. Case is ignored. */
export function matchesAction(patterns: Json | undefined, action: string): boolean {
  return asList(patterns).map(String).some(pattern =>
    new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'i').test(action));
}

/** Whether the statement is about an action, by `Action` or by `NotAction`. */
export function isAboutAction({ Action, NotAction }: Statement, action: string): boolean {
  return NotAction === undefined ? matchesAction(Action, action) : !matchesAction(NotAction, action);
}
