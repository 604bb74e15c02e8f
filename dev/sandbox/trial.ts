import { Stripe } from "stripe";

/** Something that Farebox relies on and that Stripe's documentation leaves open. */
export interface Point {
  readonly title: string;
  /** Plays it. Returns what was seen; throws where it does not hold, or cannot be tried. */
  readonly play: (trial: Trial) => Promise<string>;
}

export type Verdict = "holds" | "does not hold" | "could not be tried";

/** Thrown by a point that was tried and does not hold. */
class Contradiction extends Error {}

/** Throws unless what was seen is what Farebox relies on. */
export function must(condition: boolean, seen: string): asserts condition {
  if (!condition) throw new Contradiction(seen);
}

/** An answer of Stripe's, or its refusal. */
type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Stripe.errors.StripeError };

const TEXT_MAX = 300;
const shorten = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
};
const describeRefusal = ({ statusCode, type, code, param, message }: Stripe.errors.StripeError) =>
  shorten({ status: statusCode, type, code, param, message });

/** One point's calls to Stripe, and what it made there. */
export class Trial {
  readonly stripe: Stripe;
  readonly #log: string[] = [];
  readonly #cleanUps: (() => Promise<unknown>)[] = [];

  constructor(stripe: Stripe) {
    this.stripe = stripe;
  }

  /** The requests and answers so far. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Asks something of Stripe whose answer or refusal is the point. */
  async ask<Params, T>(
    what: string,
    params: Params,
    call: (params: Params) => Promise<T>,
  ): Promise<Answer<T>> {
    this.#log.push(`  > ${what} ${shorten(params)}`);
    try {
      const value = await call(params);
      this.#log.push(`  < ${shorten(value)}`);
      return { ok: true, value };
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError)) throw error;
      this.#log.push(`  < ${describeRefusal(error)}`);
      return { ok: false, error };
    }
  }

  /** Has something removed at the end. */
  later(cleanUp: () => Promise<unknown>): void {
    this.#cleanUps.push(cleanUp);
  }

  /** Removes what the point made, the last first. What is left is named. */
  async cleanUp(): Promise<void> {
    for (const cleanUp of this.#cleanUps.toReversed()) {
      try {
        await cleanUp();
      } catch (error) {
        console.log(`  ! not removed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

const MARKS = { holds: "✓", "does not hold": "✗", "could not be tried": "–" } as const;

async function play(trial: Trial, point: Point): Promise<{ verdict: Verdict; seen: string }> {
  try {
    return { verdict: "holds", seen: await point.play(trial) };
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    const isSeen = error instanceof Contradiction;
    return { verdict: isSeen ? "does not hold" : "could not be tried", seen };
  }
}

/** Plays a point, and prints the verdict; what was asked and answered too, where it is not good. */
export async function runPoint(trial: Trial, point: Point): Promise<Verdict> {
  const { verdict, seen } = await play(trial, point);
  console.log(`${MARKS[verdict]} ${point.title}: ${verdict} (${seen})`);
  if (verdict !== "holds") for (const line of trial.log) console.log(line);
  return verdict;
}
