import { WireError } from './scalars';
import { Statement } from '../policy/document';

/**
 * Decodes statements of a policy, which are one JSON text, so that CloudFormation does not change their scalars.
 *
 * @throws WireError if the text is not a JSON list
 */
export function decodeStatements(json: string): Statement[] {
  try {
    const statements: unknown = JSON.parse(json);
    if (Array.isArray(statements)) return statements as Statement[];
  } catch {
    // reported below, like any other invalid text
  }
  throw new WireError('Statements', 'a JSON list of statements', json);
}
