import { formatError } from "./db.ts";
import { type Failure, fail, type Result } from "./errors.ts";
import { log } from "./log.ts";

/** A job of the cron: rows that are due, one after the other. */
interface DueJob<T> {
  readonly rows: readonly T[];
  /** Names a row that failed in the log. */
  readonly logFields?: (row: T) => Readonly<Record<string, unknown>>;
  /**
   * The event that the log names a failure by: `order.recheck_failed`. Absent where `run` logs its
   * failures itself.
   */
  readonly failureEvent?: string;
  /**
   * Puts a row off before it is tried, so that one that always fails does not stand in the way of
   * the others. @returns false where another run has taken the row meanwhile
   */
  readonly defer?: (row: T) => Promise<boolean | void>;
  /** Does what is due. What it throws counts as a failure of this row alone. */
  readonly run: (row: T) => Promise<Result<unknown>>;
  /** Records a failure, where a row keeps its own. */
  readonly onFailure?: (row: T, failure: Failure) => Promise<void>;
  /** Returns whether every row after this one would fail alike. */
  readonly stopsAll?: (failure: Failure) => boolean;
}

/** How many rows were tried, and how many of them are done. */
export interface DueResult {
  readonly tried: number;
  readonly done: number;
}

const isStripeDown = ({ code }: Failure): boolean => code === "billing_unavailable";

/**
 * Does a job for each row that is due. A failure is logged and leaves the other rows alone, unless
 * each of them would wait for the same answer: by default, while Stripe is down.
 */
export async function forEachDue<T>(job: DueJob<T>): Promise<DueResult> {
  const { stopsAll = isStripeDown } = job;
  let tried = 0;
  let done = 0;
  for (const row of job.rows) {
    if ((await job.defer?.(row)) === false) continue;
    tried += 1;
    const result = await job
      .run(row)
      .catch((error: unknown) => fail("internal_error", formatError(error)));
    if (result.ok) {
      done += 1;
      continue;
    }
    const { code, message } = result.failure;
    if (job.failureEvent !== undefined)
      log.error(job.failureEvent, { ...job.logFields?.(row), error: `${code}: ${message}` });
    await job.onFailure?.(row, result.failure);
    if (stopsAll(result.failure)) break;
  }
  return { tried, done };
}
