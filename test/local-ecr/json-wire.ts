import { AwsError } from './aws-error';
import type { Input, Wire } from './local-service';

interface ErrorForm {
  /** Member with the text, or that of each error. @default 'message' */
  readonly message?: string | ((code: string) => string);
  /** Names of errors that the service names differently from ECR. */
  readonly names?: Readonly<Record<string, string>>;
}

/** AWS JSON 1.1: the operation is in X-Amz-Target, the error name is in `__type`, and timestamps are epoch seconds. */
export function jsonWire(signingName: string, target: string, { message = 'message', names = {} }: ErrorForm = {}): Wire {
  const headersOf = (requestId: string) => ({ 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId });
  return {
    signingName,
    read(headers, body) {
      const [service, operation] = String(headers['x-amz-target'] ?? '').split('.');
      if (service !== target || !operation) throw new AwsError('UnknownOperationException', 'The operation is not known');
      return { operation, input: parse(body) };
    },
    success: (_operation, output, requestId) => ({ status: 200, headers: headersOf(requestId), body: JSON.stringify(output) }),
    failure: (error, requestId) => {
      const __type = names[error.code] ?? error.code;
      const member = typeof message === 'string' ? message : message(__type);
      const body = JSON.stringify({ __type, [member]: error.message, ...error.members });
      return { status: error.status, headers: headersOf(requestId), body };
    },
  };
}

function parse(body: string): Input {
  try {
    const input: unknown = JSON.parse(body || '{}');
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Input;
  } catch {
    // Handled below, like any other text that is not an object.
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object');
}
