import { lastFrames, readFrames, splitAtLastFrame } from "./frames.ts";

/**
 * How much of a stream is kept as it came before it is read for what matters: most streams are
 * shorter.
 */
const UNREAD_CHARACTERS_MAX = 262_144;
/**
 * An answer longer than this is not kept to be given again: it would take the object's memory and a
 * row of many parts.
 */
const KEPT_CHARACTERS_MAX = 4_194_304;

/**
 * What a client has been sent of a stream: the text in it, the usage that counts, and, if it may
 * have to be given again, all of it. Grows with the text, not with the frames around it.
 *
 * Reading every frame costs more than all else that is done for a stream, so it is put off: usage
 * stands at the end, and whoever has it seldom asks for the text.
 */
export class Transcript {
  #unread = "";
  #text = "";
  #usage: unknown;
  /** Usage that was told and not sent, and where in the unread part. */
  #hiddenUsage: { readonly usage: unknown; readonly at: number } | null = null;
  #whole: string | null;

  /** @param keep whether the answer may have to be given again */
  constructor(keepsWhole: boolean) {
    this.#whole = keepsWhole ? "" : null;
  }

  /** A further piece that was sent. */
  add(piece: string): void {
    if (this.#whole !== null)
      this.#whole = this.#whole.length > KEPT_CHARACTERS_MAX ? null : this.#whole + piece;
    this.#unread += piece;
    if (this.#unread.length > UNREAD_CHARACTERS_MAX) {
      this.#readToHiddenUsage();
      const [frames, rest] = splitAtLastFrame(this.#unread);
      this.#unread = rest;
      this.#read(frames);
    }
  }

  /** Usage that was told here and kept from the client. */
  addHiddenUsage(usage: unknown): void {
    this.#readToHiddenUsage();
    this.#hiddenUsage = { usage, at: this.#unread.length };
  }

  /** All text that was said. */
  get text(): string {
    this.#readAll();
    return this.#text;
  }

  /**
   * The usage that was told last, if nothing was said after it: a count told midway is no count of
   * what came later.
   */
  get usage(): unknown {
    const later =
      this.#hiddenUsage === null ? this.#unread : this.#unread.slice(this.#hiddenUsage.at);
    const end = lastFrames(later);
    for (const { text, usage } of readFrames(end).toReversed()) {
      if (usage !== undefined) return usage;
      if (text !== "") return undefined;
    }
    if (this.#hiddenUsage !== null && end.length === later.length) return this.#hiddenUsage.usage;
    this.#readAll();
    return this.#usage;
  }

  /** All that was sent, or null when it was not to be kept, or is too long for it. */
  get whole(): string | null {
    return this.#whole !== null && this.#whole.length > KEPT_CHARACTERS_MAX ? null : this.#whole;
  }

  /** Reads up to where usage was told, which then counts for what was read. */
  #readToHiddenUsage(): void {
    if (this.#hiddenUsage === null) return;
    const { usage, at } = this.#hiddenUsage;
    this.#read(this.#unread.slice(0, at));
    this.#usage = usage;
    this.#unread = this.#unread.slice(at);
    this.#hiddenUsage = null;
  }

  #readAll(): void {
    this.#readToHiddenUsage();
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
