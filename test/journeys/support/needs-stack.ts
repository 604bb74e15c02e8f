import { inject } from "vitest";

// Where the stack did not start, each test that needs it says so. The other projects still run.
const problem = inject("stackProblem");
if (problem !== null) throw new Error(problem);
