import "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Failures that the test made the Worker answer: `POST /api/checkout not_found`. */
    failures?: string[];
    /** Every failure that a route declares of its own: set by the test of the contract. */
    declaredFailures?: string[];
  }
}
