/** An error of an AWS service: a code, a message, an HTTP status, and additional members. */
export class AwsError extends Error {
  constructor(readonly code: string, message: string, readonly status = 400, readonly members: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
  }
}

export function invalidParameter(at: string, constraint: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter at '${at}' failed to satisfy constraint: '${constraint}'`);
}
