import { AwsError } from '../local-ecr/aws-error';
import type { Wire } from '../local-ecr/local-service';

/** Error codes of the query protocol that differ from the JSON protocol. */
const CODES: Record<string, { readonly code: string; readonly status: number }> = {
  AccessDeniedException: { code: 'AccessDenied', status: 403 },
  ThrottlingException: { code: 'Throttling', status: 400 },
  ServerException: { code: 'InternalFailure', status: 500 },
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken', status: 403 },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch', status: 403 },
};

/** The AWS query protocol: form input and XML output. An array becomes `<member>` elements. */
export function queryWire(signingName: string, version: string, namespace: string): Wire {
  const headers = (requestId: string) => ({ 'content-type': 'text/xml', 'x-amzn-requestid': requestId });
  return {
    signingName,
    read(_headers, body) {
      const { Action, Version, ...input } = Object.fromEntries(new URLSearchParams(body));
      if (!Action || Version !== version) {
        throw new AwsError('InvalidAction', `The action ${Action ?? ''} is not valid for this web service.`);
      }
      return { operation: Action, input };
    },
    success: (operation, output, requestId) => ({
      status: 200,
      headers: headers(requestId),
      body: `<${operation}Response xmlns="${namespace}"><${operation}Result>${xml(output)}</${operation}Result>`
        + `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
    }),
    failure: (error, requestId) => {
      const { code, status } = CODES[error.code] ?? { code: error.code, status: error.status };
      return {
        status,
        headers: headers(requestId),
        body: `<ErrorResponse xmlns="${namespace}">`
          + `<Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>${xml({ Code: code, Message: error.message })}</Error>`
          + `<RequestId>${requestId}</RequestId></ErrorResponse>`,
      };
    },
  };
}

function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map(member => `<member>${xml(member)}</member>`).join('');
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).filter(([, member]) => member !== undefined)
      .map(([name, member]) => `<${name}>${xml(member)}</${name}>`).join('');
  }
  return String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
