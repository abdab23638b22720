import { AwsError } from '../local-ecr/aws-error';
import type { RequestLine, Wire } from '../local-ecr/local-service';

/** Names and status codes of common errors in Lambda. */
const CODES: Record<string, { readonly code: string; readonly status: number }> = {
  AccessDeniedException: { code: 'AccessDeniedException', status: 403 },
  ThrottlingException: { code: 'TooManyRequestsException', status: 429 },
  ServerException: { code: 'ServiceException', status: 500 },
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationTokenException', status: 403 },
  InvalidSignatureException: { code: 'InvalidSignatureException', status: 403 },
};

const FUNCTIONS = '/2015-03-31/functions';

/** REST JSON: the operation is in method and path, and the error name is in the header X-Amzn-ErrorType. */
export const restWire: Wire = {
  signingName: 'lambda',
  read: (_headers, _body, line) => ({ ...route(line) }),
  success: (_operation, output, requestId) => ({ status: 200, headers: headers(requestId), body: JSON.stringify(output) }),
  failure: (error, requestId) => {
    const { code, status } = CODES[error.code] ?? { code: error.code, status: error.status };
    return {
      status,
      headers: { ...headers(requestId), 'x-amzn-errortype': code },
      body: JSON.stringify({ Type: status < 500 ? 'User' : 'Service', [messageOf(code)]: error.message, ...error.members }),
    };
  },
};

/** The member that contains the text, as in the model of the service. */
function messageOf(code: string): string {
  return ['TooManyRequestsException', 'InvalidParameterValueException'].includes(code) ? 'message' : 'Message';
}

function headers(requestId: string): Record<string, string> {
  return { 'content-type': 'application/json', 'x-amzn-requestid': requestId };
}

function route({ method, url }: RequestLine): { operation: string; input: Record<string, string> } {
  const query = Object.fromEntries(url.searchParams);
  const path = url.pathname.replace(/\/$/, '');
  if (method === 'GET' && path === FUNCTIONS) return { operation: 'ListFunctions', input: query };
  const [, name] = new RegExp(`^${FUNCTIONS}/([^/]+)$`).exec(path) ?? [];
  if (method === 'GET' && name) return { operation: 'GetFunction', input: { ...query, FunctionName: decodeURIComponent(name) } };
  throw new AwsError('UnknownOperationException', `${method} ${url.pathname} is not known to this service`, 404);
}
