import { FileHandle, open } from 'node:fs/promises';
import { UserError } from '../../lambda/shared/protocol/errors';
import { Audit, auditLine } from '../../lambda/shared/teardown/audit';
import type { HeldImage } from '../../src/core/images/held-image';
import { writeFailureReason, writing } from '../files';

/** Appends JSON lines to a file. They are on the disk before the images that they name are removed. */
export class AuditFile implements Audit {
  static async open(file: string): Promise<AuditFile> {
    return writing(file, async () => new AuditFile(file, await open(file, 'a')));
  }

  private constructor(private readonly file: string, private readonly handle: FileHandle) {}

  async record(repositoryArn: string, images: readonly HeldImage[]): Promise<void> {
    if (images.length === 0) return;
    try {
      await this.handle.appendFile(images.map(image => `${auditLine(repositoryArn, image)}\n`).join(''));
      await this.handle.sync().catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EINVAL') throw error; // a pipe cannot be flushed
      });
    } catch (error) {
      throw new UserError(`cannot write the audit to ${this.file}, so no more images were removed:`
        + ` ${writeFailureReason(error)}`, { cause: error });
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
