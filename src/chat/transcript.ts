import { readFrames } from "./frames.ts";

/** How much is gathered before it is read for what was said, in characters. Most replies are read once, at their end. */
const READ_EVERY = 1_048_576;
/** The longest reply that is kept to be given again, in characters: an isolate's memory is for all that ride in it. */
const MOST_KEPT = 8_388_608;

/** What a client was sent: as it was, if it is to be given again, and what the model said in it. Grows with the text alone otherwise. */
export class Transcript {
  readonly #unread: string[] = [];
  #unreadLength = 0;
  #said = "";
  #kept: string[] | null;
  #keptLength = 0;

  /** @param keep whether what was sent may be asked for again */
  constructor(keep: boolean) {
    this.#kept = keep ? [] : null;
  }

  /** Notes whole frames that were sent. */
  add(frames: string): void {
    this.#unread.push(frames);
    this.#unreadLength += frames.length;
    if (this.#unreadLength >= READ_EVERY) this.#read();
    if (this.#kept === null) return;
    this.#kept.push(frames);
    this.#keptLength += frames.length;
    if (this.#keptLength > MOST_KEPT) this.#kept = null;
  }

  /** All text that the model said. */
  get said(): string {
    this.#read();
    return this.#said;
  }

  /** All that was sent; null when it was not to be kept, or is too long for it. */
  get sent(): string | null {
    return this.#kept === null ? null : this.#kept.join("");
  }

  #read(): void {
    for (const { text } of readFrames(this.#unread.join(""))) this.#said += text;
    this.#unread.length = 0;
    this.#unreadLength = 0;
  }
}
