import { KEPT_CHARACTERS_MAX } from "../kept/index.ts";
import { type Frame, lastFrames, readFrames, splitAtLastFrame } from "./frames.ts";
import { UsageTally } from "./usage-tally.ts";
import { countsPrompt, countsReply } from "./vendor-usage.ts";

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
const REPLAYED_CHARACTERS_MAX = 4_194_304;

/**
 * All that an upstream has sent of a stream so far: the text in it, the usage that counts, and, if
 * it may have to be replayed, all of it as its client sees it. It grows with the text, not with the
 * frames around it.
 *
 * Reading every frame costs more than everything else that is done for a stream, so it is put off:
 * usage is at the end, and with it the text is seldom needed.
 */
export class Transcript {
  #unread = "";
  /** The length of the unread part at which it is read. */
  #readsAt = UNREAD_CHARACTERS_MAX;
  #text = "";
  readonly #tally = new UsageTally();
  /** Usage that was kept from the client, and its position in the unread part. */
  #hiddenUsage: { readonly usage: Frame["usage"]; readonly at: number } | null = null;
  #whole: string | null;
  /** The beginning of what its client sees; null where it is not kept. */
  #kept: { text: string; isCut: boolean } | null;
  /** The ending, as far as the frames that were read tell it. */
  #hasFinished = false;
  #hasError = false;
  #hasPlainError = false;

  /**
   * @param keepsWhole whether the answer may have to be replayed
   * @param isKept whether its key has replies kept
   */
  constructor(keepsWhole: boolean, isKept = false) {
    this.#whole = keepsWhole ? "" : null;
    this.#kept = isKept ? { text: "", isCut: false } : null;
  }

  /**
   * Adds a piece of the stream.
   * @param shown the piece as the client sees it
   */
  add(piece: string, shown = piece): void {
    if (this.#whole !== null)
      this.#whole = this.#whole.length > REPLAYED_CHARACTERS_MAX ? null : this.#whole + shown;
    if (this.#kept !== null && !this.#kept.isCut) {
      this.#kept.text += shown;
      this.#kept.isCut = this.#kept.text.length > KEPT_CHARACTERS_MAX;
    }
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
  addHiddenUsage(usage: Frame["usage"]): void {
    this.#readToHiddenUsage();
    this.#hiddenUsage = { usage, at: this.#unread.length };
  }

  /** The text of the whole reply. */
  get text(): string {
    this.#readAll();
    return this.#text;
  }

  /** The usage of the whole reply. It is read from the last frames where they have all of it. */
  get usage(): Frame["usage"] {
    const hidden = this.#hiddenUsage;
    const later = hidden === null ? this.#unread : this.#unread.slice(hidden.at);
    const end = lastFrames(later);
    const last = readFrames(end).findLast(({ text, usage }) => text !== "" || usage !== undefined);
    const isHiddenLast = last === undefined && end.length === later.length;
    const usage = isHiddenLast ? hidden?.usage : last?.usage;
    if (countsPrompt(usage) && countsReply(usage)) return usage;
    this.#readAll();
    return this.#tally.usage;
  }

  /** Returns the usage so far with a frame that is to be added. */
  usageWith({ text, usage }: Frame): Frame["usage"] {
    if (countsPrompt(usage) && countsReply(usage)) return usage;
    this.#readAll();
    return this.#tally.with(text, usage);
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

  /** Whether an error of the vendor's is as OpenAI's or OpenRouter's clients look for it. */
  get hasPlainError(): boolean {
    this.#readAll();
    return this.#hasPlainError;
  }

  /** The whole stream, or null when it was not to be kept, or is too long for it. */
  get whole(): string | null {
    return this.#whole !== null && this.#whole.length > REPLAYED_CHARACTERS_MAX
      ? null
      : this.#whole;
  }

  /** The beginning of the stream as its client sees it, where its key has replies kept. */
  get kept(): { readonly text: string; readonly isCut: boolean } | undefined {
    return this.#kept ?? undefined;
  }

  /** Reads up to where the hidden usage came, which then counts for what was read. */
  #readToHiddenUsage(): void {
    if (this.#hiddenUsage === null) return;
    const { usage, at } = this.#hiddenUsage;
    this.#read(this.#unread.slice(0, at));
    this.#tally.add("", usage);
    this.#unread = this.#unread.slice(at);
    this.#hiddenUsage = null;
  }

  #readAll(): void {
    this.#readToHiddenUsage();
    this.#read(this.#unread);
    this.#unread = "";
  }

  #read(frames: string): void {
    for (const { text, usage, isError, isPlainError, isFinish } of readFrames(frames)) {
      this.#text += text;
      this.#hasError ||= isError;
      this.#hasPlainError ||= isPlainError;
      this.#hasFinished ||= isFinish;
      this.#tally.add(text, usage);
    }
  }
}
