/** Bounds the number of images that readers hold together. One reader may always continue, so that a repository of any size is read. */
export class ImageGate {
  private held = 0;
  private privileged?: object;
  private waiting = new Array<() => void>();

  constructor(private readonly most: number) {}

  /** Waits until the reader may hold more images. */
  async add(reader: object, images: number): Promise<void> {
    while (this.held + images > this.most && this.privileged !== reader) {
      if (!this.privileged) this.privileged = reader;
      else await new Promise<void>(resolve => this.waiting.push(resolve));
    }
    this.held += images;
  }

  /** The reader no longer holds its images. */
  release(reader: object, images: number): void {
    this.held -= images;
    if (this.privileged === reader) this.privileged = undefined;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resume of waiting) resume();
  }
}
