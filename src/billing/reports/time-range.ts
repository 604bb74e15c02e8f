/** A range of time in ms. `toMs` is not included. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}
