import { lastFrames, readFrames, splitAtLastFrame } from "./frames.ts";

/**
 * The longest part of a stream that is kept unread, as it came. Most streams are shorter.
 */
const UNREAD_CHARACTERS_MAX = 262_144;
/** By how much a part without the end of a frame may grow before it is searched again. */
const UNREAD_GROWTH = 2;
/**
 * A longer answer is not kept for a replay: it would take the object's memory and a row of many
 * chunks.
 */
const KEPT_CHARACTERS_MAX = 4_194_304;

/**
 * What an upstream has sent of a stream: the text in it, the usage that counts, and, if it may have
 * to be replayed, all of it as its client sees it. It grows with the text, not with the frames
 * around it.
 *
 * Reading every frame costs more than everything else that is done for a stream, so it is put off:
 * usage is at the end, and with it the text is seldom needed.
 */
export class Transcript {
  #unread = "";
  /** The length of the unread part at which it is read. */
  #readsAt = UNREAD_CHARACTERS_MAX;
  #text = "";
  #usage: unknown;
  /** Usage that was kept from the client, and its position in the unread part. */
  #hiddenUsage: { readonly usage: unknown; readonly at: number } | null = null;
  #whole: string | null;
  /** The ending, as far as the frames that were read tell it. */
  #hasFinished = false;
  #hasError = false;

  /** @param keepsWhole whether the answer may have to be replayed */
  constructor(keepsWhole: boolean) {
    this.#whole = keepsWhole ? "" : null;
  }

  /** Adds a piece of the stream. */
  add(piece: string): void {
    if (this.#whole !== null)
      this.#whole = this.#whole.length > KEPT_CHARACTERS_MAX ? null : this.#whole + piece;
    this.#unread += piece;
    if (this.#unread.length > this.#readsAt) {
      this.#readToHiddenUsage();
      const [frames, rest] = splitAtLastFrame(this.#unread);
      this.#unread = rest;
      this.#readsAt = Math.max(UNREAD_CHARACTERS_MAX, rest.length * UNREAD_GROWTH);
      this.#read(frames);
    }
  }

  /** Adds usage that came at this point and was kept from the client. */
  addHiddenUsage(usage: unknown): void {
    this.#readToHiddenUsage();
    this.#hiddenUsage = { usage, at: this.#unread.length };
  }

  /** The text of the whole reply. */
  get text(): string {
    this.#readAll();
    return this.#text;
  }

  /** The last usage, if no text came after it: a count from midway does not cover what follows. */
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

  /** Whether the vendor said that the reply is over, or that an error ended it. */
  get ending(): { readonly hasFinished: boolean; readonly hasError: boolean } {
    const end = lastFrames(this.#unread);
    const frames = readFrames(end);
    const hasError = this.#hasError || frames.some(({ isError }) => isError);
    if (!hasError && frames.some(({ isFinish }) => isFinish))
      return { hasFinished: true, hasError };
    this.#readAll();
    return { hasFinished: this.#hasFinished, hasError: this.#hasError };
  }

  /** The whole stream, or null when it was not to be kept, or is too long for it. */
  get whole(): string | null {
    return this.#whole !== null && this.#whole.length > KEPT_CHARACTERS_MAX ? null : this.#whole;
  }

  /** Reads up to where the hidden usage came, which then counts for what was read. */
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
    for (const { text, usage, isError, isFinish } of readFrames(frames)) {
      this.#text += text;
      this.#hasError ||= isError;
      this.#hasFinished ||= isFinish;
      if (usage !== undefined) this.#usage = usage;
      else if (text !== "") this.#usage = undefined;
    }
  }
}
