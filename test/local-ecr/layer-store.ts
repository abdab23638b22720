import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StoredLayer {
  readonly digest: string;
  readonly size: number;
  /** Undefined where bytes are only counted. */
  readonly path?: string;
}

/** The bytes of layers: in files, so that gigabytes of them cost no memory. */
export class LayerStore {
  private directory?: string;
  private files = 0;
  private readonly added = new Map<string, StoredLayer>();

  constructor(private readonly bytes: 'kept' | 'counted') {}

  writer(): LayerWriter {
    if (this.bytes === 'counted') return new LayerWriter();
    this.directory ??= mkdtempSync(join(tmpdir(), 'local-ecr-'));
    return new LayerWriter(join(this.directory, String(this.files += 1)));
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
  private readonly file?: number;

  constructor(private readonly path?: string) {
    if (path !== undefined) this.file = openSync(path, 'w');
  }

  /** Of what has come in so far. */
  get digest(): string {
    return `sha256:${this.hash.copy().digest('hex')}`;
  }

  write(bytes: Uint8Array): void {
    this.hash.update(bytes);
    this.size += bytes.length;
    if (this.file === undefined) return;
    for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
  }

  finish(): StoredLayer {
    if (this.file !== undefined) closeSync(this.file);
    return { digest: this.digest, size: this.size, ...this.path === undefined ? {} : { path: this.path } };
  }

  discard(): void {
    if (this.file === undefined) return;
    closeSync(this.file);
    rmSync(this.path!, { force: true });
  }
}
