import { Interrupted } from './interruption';
import { Session, startSession } from './session';

/** Runs a command, and sets its exit code. Ctrl-C ends it between two calls. */
export async function runAttended(work: (session: Session) => Promise<number>): Promise<void> {
  const session = startSession();
  try {
    process.exitCode = await work(session);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    session.complain('note', 'interrupted before any change');
    process.exitCode = session.interruption.status;
  } finally {
    session.clear();
  }
}
