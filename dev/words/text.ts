/** A text that a person may read, and where it stands. */
export interface FoundText {
  readonly text: string;
  /** Its line in the file, from 1. */
  readonly line: number;
}
