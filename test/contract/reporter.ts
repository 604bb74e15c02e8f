import type { Reporter, TestModule } from "vitest/node";

/** Whether the command names files, tests or projects: `vitest run test/chat --project=rooms`. */
const isPartialRun = (): boolean =>
  process.argv.slice(3).some((arg) => !arg.startsWith("--") || /^--project=[^!]/.test(arg));

/**
 * Fails a run of the whole suite in which no test made a failure that a route declares, and names
 * those failures. A run of some files, tests or projects is not judged.
 */
export class ContractReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (isPartialRun()) return;
    const made = new Set<string>();
    const declared = new Set<string>();
    for (const module of modules)
      for (const test of module.children.allTests()) {
        const meta = test.meta();
        for (const failure of meta.failures ?? []) made.add(failure);
        for (const failure of meta.declaredFailures ?? []) declared.add(failure);
      }
    const missing = [...declared].filter((failure) => !made.has(failure)).toSorted();
    if (missing.length === 0) return;
    const list = missing.map((failure) => `  ${failure}`).join("\n");
    process.stderr.write(`\nNo test makes these failures, which their routes declare:\n${list}\n`);
    process.exitCode = 1;
  }
}
