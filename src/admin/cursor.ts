import { z } from "zod";

/** Where a page of a list that is ordered by time begins: after the row of this time and id. */
export interface TimedPosition {
  readonly atMs: number;
  readonly id: string;
}

/** The cursor of such a list: `<time in ms>.<id>`, as an earlier page gave it. */
export const timedCursor = (prefix: string) =>
  z
    .string()
    .max(200)
    .regex(new RegExp(`^\\d{1,15}\\.${prefix}\\w+$`), "is not a cursor of this list")
    .transform((cursor): TimedPosition => {
      const dot = cursor.indexOf(".");
      return { atMs: Number(cursor.slice(0, dot)), id: cursor.slice(dot + 1) };
    })
    .optional();
