import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StoredLayer {
  readonly digest: string;
  readonly size: number;
  /** Content of a small layer. Like `path`, undefined if bytes are only counted. */
  readonly bytes?: Buffer;
  /** File of a large layer. */
  readonly path?: string;
}

/** Layers up to this size are in memory, because most tests have thousands of small layers. */
const LARGEST_IN_MEMORY = 65_536;

/** Stores the bytes of layers. Large layers are in files, so that gigabytes need no memory. */
export class LayerStore {
  private directory?: string;
  private files = 0;
  private readonly added = new Map<string, StoredLayer>();

  constructor(private readonly bytes: 'kept' | 'counted') {}

  writer(): LayerWriter {
    return new LayerWriter(this.bytes === 'counted' ? undefined : () => this.newPath());
  }

  /** Does not write existing bytes again, because tests add the same images thousands of times. */
  add(bytes: Uint8Array): StoredLayer {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const layer = this.added.get(digest) ?? this.write(bytes);
    this.added.set(digest, layer);
    return layer;
  }

  private write(bytes: Uint8Array): StoredLayer {
    const writer = this.writer();
    writer.write(bytes);
    return writer.finish();
  }

  private newPath(): string {
    this.directory ??= mkdtempSync(join(tmpdir(), 'local-ecr-'));
    return join(this.directory, String(this.files += 1));
  }

  remove(): void {
    if (this.directory !== undefined) rmSync(this.directory, { recursive: true, force: true });
    this.directory = undefined;
    this.added.clear();
  }
}

/** One layer that is received and hashed. */
export class LayerWriter {
  size = 0;
  private readonly hash = createHash('sha256');
  private chunks = new Array<Uint8Array>();
  private path?: string;
  private file?: number;

  /** @param newPath where to keep what is too large for memory; undefined to keep nothing */
  constructor(private readonly newPath?: () => string) {}

  /** Digest of the received bytes. */
  get digest(): string {
    return `sha256:${this.hash.copy().digest('hex')}`;
  }

  write(bytes: Uint8Array): void {
    this.hash.update(bytes);
    this.size += bytes.length;
    if (this.newPath === undefined) return;
    this.chunks.push(this.file === undefined ? Uint8Array.from(bytes) : bytes);
    if (this.size <= LARGEST_IN_MEMORY) return;
    this.file ??= openSync(this.path = this.newPath(), 'w');
    for (const chunk of this.chunks) {
      for (let at = 0; at < chunk.length;) at += writeSync(this.file, chunk, at);
    }
    this.chunks = [];
  }

  finish(): StoredLayer {
    const { digest, size, path } = this;
    if (this.file !== undefined) closeSync(this.file);
    return { digest, size, ...this.newPath && (path === undefined ? { bytes: Buffer.concat(this.chunks) } : { path }) };
  }

  discard(): void {
    if (this.file === undefined) return;
    closeSync(this.file);
    rmSync(this.path!, { force: true });
  }
}
