/** A response whose body can be larger than the memory. */
export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** As many bytes as the Content-Length says, if there is one; left out for HEAD. */
  readonly body: Iterable<Buffer>;
}

export function whole(status: number, bytes: Buffer, headers: Record<string, string>): Reply {
  return { status, headers: { ...headers, 'content-length': String(bytes.length) }, body: [bytes] };
}

export function json(status: number, value: object, headers: Record<string, string> = {}): Reply {
  return whole(status, Buffer.from(JSON.stringify(value)), { 'content-type': 'application/json', ...headers });
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
export function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}): Reply {
  return json(status, { errors: [{ code, message }] }, headers);
}
