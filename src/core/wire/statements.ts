import { WireError } from './scalars';
import { Statement } from '../policy/document';

/**
 * Statements of a policy, which travel as one JSON text, so that their own scalars stay what they are.
 *
 * @throws WireError if the text is no JSON list
 */
export function decodeStatements(json: string): Statement[] {
  try {
    const statements: unknown = JSON.parse(json);
    if (Array.isArray(statements)) return statements as Statement[];
  } catch {
    // reported below, as any other text
  }
  throw new WireError('Statements', 'a JSON list of statements', json);
}
