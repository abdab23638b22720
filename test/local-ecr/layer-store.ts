import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StoredLayer {
  readonly digest: string;
  readonly size: number;
  /** Contents of a small layer. Undefined where bytes are only counted, as `path`. */
  readonly bytes?: Buffer;
  /** File of a large layer. */
  readonly path?: string;
}

/** Layers up to this size stay in memory: most suites have nothing larger, and thousands of them. */
const LARGEST_IN_MEMORY = 65_536;

/** The bytes of layers: those of large ones in files, so that gigabytes of them cost no memory. */
export class LayerStore {
  private directory?: string;
  private files = 0;
  private readonly added = new Map<string, StoredLayer>();

  constructor(private readonly bytes: 'kept' | 'counted') {}

  writer(): LayerWriter {
    return new LayerWriter(this.bytes === 'counted' ? undefined : () => this.newPath());
  }

  /** Bytes that were added before are not written again: tests put the same images there for each of thousands of points. */
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

/** One layer as it comes in, hashed on the way. */
export class LayerWriter {
  size = 0;
  private readonly hash = createHash('sha256');
  private chunks = new Array<Uint8Array>();
  private path?: string;
  private file?: number;

  /** @param newPath where to keep what is too large for memory; undefined to keep nothing */
  constructor(private readonly newPath?: () => string) {}

  /** Of what has come in so far. */
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
