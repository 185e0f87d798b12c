/** How often a server that ends by itself is started again. */

export class Restarts {
  private times: number[] = [];

  /**
   * @param most starts within a span.
   * @param span milliseconds.
   */
  constructor(
    private readonly most = 4,
    private readonly span = 180_000,
    private readonly now: () => number = Date.now,
  ) {}

  /** Notes that it ended; says whether it may start again, and whether this is the first time for a while. */
  ended(): { again: boolean; first: boolean } {
    const now = this.now();
    this.times = [...this.times.filter((time) => now - time < this.span), now];
    return { again: this.times.length <= this.most, first: this.times.length === 1 };
  }

  /** The user has started it. */
  clear(): void {
    this.times = [];
  }
}
