/** What is known of a response before its reply comes. */
export interface ResponseHead {
  readonly id: string;
  /** What the ids of its items are made of. */
  readonly base: string;
  readonly createdSeconds: number;
  /** Whether what the model thinks is shown as a summary. */
  readonly showsSummary: boolean;
  /** The groups of functions that the client has. */
  readonly namespaces: readonly string[];
  /** The fields of the request that a response repeats. */
  readonly echo: Readonly<Record<string, unknown>>;
}
