import { joinBytes } from "../upstream/index.ts";
import { editJson } from "./edit-json.ts";
import { GAP, mapUsage, USAGE_PATTERN } from "./find-usage.ts";
import { endOfFrames, type Frame, readFrames, splitFrames } from "./frames.ts";
import { hideInFrames } from "./hide-in-frames.ts";
import type { Cover } from "./hide-vendor.ts";
import { toChunk } from "./joined-completion.ts";
import { examineLines, framesToEvents, linesToEvents, objectsToEvents } from "./lines-to-events.ts";
import { withoutVendorPrices } from "./measure-usage.ts";
import type { OwnUsage } from "./types.ts";

/**
 * A longer frame is passed on in pieces, unread: no vendor sends one, and memory is not theirs to
 * fill.
 */
const FRAME_BYTES_MAX = 4_194_304;

const LF = 10;
const CR = 13;

/** A blank line has four bytes at most, which may come in as many pieces. */
const SEAM_PIECES = 3;

/** Returns what a client is shown of its own with the usage in a frame. */
export type PriceUsage = (frame: Frame) => OwnUsage;

/** The changes to a vendor's frames before a client sees them. */
export interface FrameEdits {
  /** The model's name, as the client asked for it. */
  readonly model: string;
  /** Usage: as it came, hidden from a client that did not ask for it, or with its cost. */
  readonly usage: "as_it_came" | "hidden" | PriceUsage;
  /** What is shown in place of the vendor; without it the vendor's own fields pass. */
  readonly cover?: Cover | undefined;
}

/** Usage that is null. Not within a text, where its quotes would be escaped. */
const NULL_USAGE = new RegExp(
  `,${GAP}"usage"${GAP}:${GAP}null|"usage"${GAP}:${GAP}null(?:${GAP},)?`,
  "g",
);

/** The model's name. Not within a text, where its quotes would be escaped. */
const MODEL_NAME = new RegExp(`("model"${GAP}:${GAP})("(?:[^"\\\\]|\\\\.)*")`, "g");

/** Returns a frame whose usage shows our cost in place of the vendor's. */
const withCost = (frame: string, own: OwnUsage): string =>
  editJson(frame, (json) => mapUsage(json, (usage) => ({ ...withoutVendorPrices(usage), ...own })));

/** The name of a whole completion, which some vendors send where a chunk was asked for. */
const WHOLE_COMPLETION = new RegExp(`"object"${GAP}:${GAP}"chat\\.completion"`);

/** Returns a frame whose completion, if it is a whole one, is a chunk. */
const withChunks = (frame: string): string =>
  WHOLE_COMPLETION.test(frame)
    ? editJson(frame, (json) => (json["object"] === "chat.completion" ? toChunk(json) : json))
    : frame;

function* concat(first: Iterable<Piece>, second: Iterable<Piece>): Generator<Piece> {
  yield* first;
  yield* second;
}

/** A piece of a stream as the client gets it. Empty where it is kept back. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** The same as text, to meter by: with what would name its vendor. */
  readonly text: string;
  /** The text that the client gets; without it, the same. */
  readonly shown?: string | undefined;
  /** Usage that was in it and that the client is not shown. */
  readonly hiddenUsage?: Frame["usage"];
}

/**
 * Edits a stream: the model's name, and usage. A frame that has hidden usage and nothing else is
 * kept back with it. Lines of JSON, and frames without blank lines between them, become events.
 * Everything else passes untouched, whole frames at a time, however the bytes were cut.
 */
export class FrameEditor {
  readonly #edits: FrameEdits;
  readonly #name: string;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  /** The pieces of a frame that is not whole yet, and their length. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** The last of them, whose lines were not examined yet. */
  #unexamined: Uint8Array[] = [];
  /** Whether a line of them is not whole frames by itself. */
  #hasOtherLine = false;
  /** Whether the vendor names the model as the client does. Unknown before the first name. */
  #hasSameName: boolean | null = null;
  /** The rest of a blank line that was sent already, in case that it comes. */
  #sentBlank: readonly number[] = [];
  /** Whether it did not come, or JSON came without an event: the vendor sends lines. */
  #hasLines = false;
  /** Whether the next bytes are within a frame that is too long to be read. */
  #isWithinLong = false;

  constructor(edits: FrameEdits) {
    this.#edits = edits;
    this.#name = JSON.stringify(edits.model);
  }

  /** Whether nothing is left to edit: the rest of the stream may pass as it comes. */
  get isDone(): boolean {
    const isEvents = !this.#hasLines && this.#sentBlank.length === 0;
    const { usage, cover } = this.#edits;
    // Where the vendor is hidden, each frame may name it.
    const isPlain = usage === "as_it_came" && cover === undefined;
    return isPlain && this.#hasSameName === true && isEvents;
  }

  /**
   * Returns the frames that `chunk` makes whole, as the client gets them. Each is edited when it is
   * asked for: after the one before was sent.
   */
  feed(received: Uint8Array): Iterable<Piece> {
    const chunk = this.#withoutSentBlank(received);
    if (chunk.length === 0) return [];
    // A frame may end in the piece before: its blank line may be cut too. Only what is new is
    // searched, so that a long frame in small pieces takes time in proportion to its bytes.
    const isStart = this.#pending.length === 0;
    const seam = isStart ? chunk : joinBytes([...this.#pending.slice(-SEAM_PIECES), chunk]);
    const end = endOfFrames(seam);
    const isTooLong = this.#pendingBytes + chunk.length > FRAME_BYTES_MAX;
    if (end === 0 && !isTooLong) {
      // Copied: the relay reads into the same bytes again.
      this.#keep(chunk.slice());
      return chunk.includes(LF) ? this.#takeLines() : [];
    }
    const bytes = isStart ? chunk : joinBytes([...this.#pending, chunk]);
    const whole = isTooLong ? bytes.length : bytes.length - (seam.length - end);
    this.#forgetPending();
    const pieces = this.#edit(bytes.subarray(0, whole), isTooLong);
    if (whole === bytes.length) return pieces;
    this.#keep(bytes.slice(whole));
    return bytes.subarray(whole).includes(LF) ? concat(pieces, this.#takeLines()) : pieces;
  }

  /** Returns the rest at the end of the stream: a frame without its blank line. */
  flush(): Iterable<Piece> {
    const bytes = this.takePending();
    const text = this.#decoder.decode(bytes);
    const events = linesToEvents(text) ?? objectsToEvents(text);
    return this.#edit(events === null ? bytes : this.#encoder.encode(events));
  }

  /**
   * Takes the lines that are whole frames by themselves, whose vendor may not send a blank line
   * after them. Where it does, that line is left out when it comes. Each line is examined once, so
   * that a frame of many lines takes time in proportion to its bytes.
   */
  #takeLines(): Iterable<Piece> {
    if (this.#hasOtherLine) return [];
    const unexamined = joinBytes(this.#unexamined);
    const lineEnd = unexamined.lastIndexOf(LF) + 1;
    const lines = examineLines(new TextDecoder().decode(unexamined.subarray(0, lineEnd)));
    this.#hasOtherLine = lines === "other";
    this.#unexamined = [unexamined.subarray(lineEnd)];
    if (lines !== "whole") return [];
    const bytes = this.takePending();
    const end = bytes.lastIndexOf(LF) + 1;
    const events = linesToEvents(this.#decoder.decode(bytes.subarray(0, end)));
    this.#sentBlank = bytes[end - 2] === CR ? [CR, LF] : [LF];
    this.#keep(this.#withoutSentBlank(bytes.slice(end)));
    return events === null ? [] : this.#edit(this.#encoder.encode(events));
  }

  /** Returns a piece without the blank line that was sent before it came. */
  #withoutSentBlank(chunk: Uint8Array): Uint8Array {
    let at = 0;
    while (at < chunk.length && chunk[at] === this.#sentBlank[0]) {
      this.#sentBlank = this.#sentBlank.slice(1);
      at += 1;
    }
    if (at < chunk.length && this.#sentBlank.length > 0) {
      this.#sentBlank = [];
      this.#hasLines = true;
    }
    return chunk.subarray(at);
  }

  /** Returns the start of a frame that is not whole yet, unedited, and forgets it. */
  takePending(): Uint8Array {
    const bytes = joinBytes(this.#pending);
    this.#forgetPending();
    return bytes;
  }

  #forgetPending(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#unexamined = [];
    this.#hasOtherLine = false;
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    if (!this.#hasOtherLine) this.#unexamined.push(piece);
  }

  #edit(bytes: Uint8Array, isCut = false): Iterable<Piece> {
    if (bytes.length === 0) return [];
    const isUnread = isCut || this.#isWithinLong;
    this.#isWithinLong = isCut;
    const received = this.#decoder.decode(bytes);
    const events = framesToEvents(received);
    this.#hasLines ||= events !== null;
    const frames = events ?? received;
    const text = WHOLE_COMPLETION.test(frames)
      ? splitFrames(frames).map(withChunks).join("")
      : frames;
    const { usage } = this.#edits;
    if (usage !== "as_it_came" && USAGE_PATTERN.test(text)) return this.#editFrames(text, usage);
    const edited = this.#rename(this.#withoutNullUsage(text));
    const shown = isUnread ? edited : this.#hide(edited);
    const sent = shown === received ? bytes : this.#encoder.encode(shown);
    return [{ bytes: sent, text: edited, shown }];
  }

  *#editFrames(whole: string, usage: "hidden" | PriceUsage): Generator<Piece> {
    for (const frame of splitFrames(whole)) {
      const frames = USAGE_PATTERN.test(frame) ? readFrames(frame) : [];
      const read = frames.find((each) => each.usage !== undefined) ?? frames[0];
      if (read === undefined) yield this.#toPiece(this.#withoutNullUsage(frame));
      else if (usage !== "hidden") yield this.#toPiece(withCost(frame, usage(read)));
      else {
        const isKeptBack = read.usageOnly && frames.length === 1;
        const shown = isKeptBack ? "" : editJson(frame, (json) => mapUsage(json, null));
        yield { ...this.#toPiece(shown), hiddenUsage: read.usage };
      }
    }
  }

  #withoutNullUsage(text: string): string {
    const isHidden = this.#edits.usage === "hidden" && text.includes('"usage"');
    return isHidden ? text.replace(NULL_USAGE, "") : text;
  }

  #rename(text: string): string {
    if (!text.includes('"model"')) return text;
    return text.replace(MODEL_NAME, (field, key: string, name: string) => {
      const isSame = name === this.#name;
      this.#hasSameName = isSame && this.#hasSameName !== false;
      return isSame ? field : `${key}${this.#name}`;
    });
  }

  #toPiece(text: string): Piece {
    const renamed = this.#rename(text);
    const shown = this.#hide(renamed);
    return { bytes: this.#encoder.encode(shown), text: renamed, shown };
  }

  #hide(frames: string): string {
    const { cover, usage } = this.#edits;
    return cover === undefined ? frames : hideInFrames(frames, cover, typeof usage === "function");
  }
}
