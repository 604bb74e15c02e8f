import { readFrames, splitAtLastFrame } from "./frames.ts";

/** How much of a stream is kept as it came before it is read for what matters: most streams are shorter, and read once. */
const UNREAD_CHARACTERS = 262_144;
/** An answer longer than this is not kept to be given again: it would take the object's memory and a row of many parts. */
const KEPT_CHARACTERS = 4_194_304;

/**
 * What a client has been sent of a stream: the text in it, the usage that counts, and, if it may have to be given again, all
 * of it. Grows with the text, not with the frames around it.
 */
export class Transcript {
  #unread = "";
  #text = "";
  #usage: unknown;
  #whole: string | null;

  /** @param keep whether the answer may have to be given again */
  constructor(keep: boolean) {
    this.#whole = keep ? "" : null;
  }

  /** A further piece that was sent. */
  add(piece: string): void {
    if (this.#whole !== null) this.#whole = this.#whole.length > KEPT_CHARACTERS ? null : this.#whole + piece;
    this.#unread += piece;
    if (this.#unread.length > UNREAD_CHARACTERS) {
      const [frames, rest] = splitAtLastFrame(this.#unread);
      this.#unread = rest;
      this.#read(frames);
    }
  }

  /** Usage that was told here and kept from the client. */
  tell(usage: unknown): void {
    this.#readAll();
    this.#usage = usage;
  }

  /** All text that was said. */
  get text(): string {
    this.#readAll();
    return this.#text;
  }

  /** The usage that was told last, if nothing was said after it: a count told midway is no count of what came later. */
  get usage(): unknown {
    this.#readAll();
    return this.#usage;
  }

  /** All that was sent, or null when it was not to be kept, or is too long for it. */
  get whole(): string | null {
    return this.#whole !== null && this.#whole.length > KEPT_CHARACTERS ? null : this.#whole;
  }

  #readAll(): void {
    this.#read(this.#unread);
    this.#unread = "";
  }

  #read(frames: string): void {
    for (const { text, usage } of readFrames(frames)) {
      this.#text += text;
      if (usage !== undefined) this.#usage = usage;
      else if (text !== "") this.#usage = undefined;
    }
  }
}
