/** Bounds the images and tags that readers hold together. One reader may always continue, so that a repository of any size is read. */
export class ImageGate {
  private held = 0;
  private privileged?: object;
  private waiting = new Array<() => void>();

  constructor(private readonly most: number) {}

  /** Waits until the reader may hold more. */
  async add(reader: object, number: number): Promise<void> {
    while (this.held + number > this.most && this.privileged !== reader) {
      if (!this.privileged) this.privileged = reader;
      else await new Promise<void>(resolve => this.waiting.push(resolve));
    }
    this.held += number;
  }

  /** The reader no longer holds what it has added. */
  release(reader: object, number: number): void {
    this.held -= number;
    if (this.privileged === reader) this.privileged = undefined;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resume of waiting) resume();
  }
}
