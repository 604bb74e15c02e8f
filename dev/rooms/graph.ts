/** The imports and faults that were read in one file. */
export interface FileImports {
  /** Its imports, as they are written there. */
  readonly specifiers: readonly string[];
  /** Parts that could not be read, in a sentence each. */
  readonly unreadable: readonly string[];
}

/** All that was read, by the paths of the files from the root of the repository. */
export type Imports = ReadonlyMap<string, FileImports>;

/** Each file with the files that it imports. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** Whether a specifier means a file of our own: whatever begins otherwise is a package's. */
const isOurs = (specifier: string): boolean => /^[./#]/.test(specifier);

/** What is no code of src and may be imported there all the same: data, of which it is a part. */
const isData = (path: string): boolean =>
  /^dev\/catalogs\/\w+\.ts$/.test(path) || path === "migrations/meta/_journal.json";

/** The path that a relative specifier means, whether there is such a file or not; else null. */
const pathOf = (file: string, specifier: string): string | null =>
  specifier.startsWith(".") ? new URL(specifier, `file:///${file}`).pathname.slice(1) : null;

/**
 * Who imports which file, each once. A specifier has to name a file that was read as it is, with
 * its ending.
 * @returns and the troubles, a line each: what names no such file, and what could not be read
 */
export function graphOf(imports: Imports): {
  readonly graph: Graph;
  readonly troubles: readonly string[];
} {
  const graph = new Map<string, readonly string[]>();
  const troubles: string[] = [];
  for (const [file, { specifiers, unreadable }] of imports) {
    const imported = new Set<string>();
    for (const specifier of specifiers.filter(isOurs)) {
      const path = pathOf(file, specifier);
      if (path !== null && imports.has(path)) imported.add(path);
      else if (path === null || !isData(path))
        troubles.push(`${file} imports "${specifier}", which is no file in src.`);
    }
    graph.set(file, [...imported].toSorted());
    troubles.push(...unreadable.map((sentence) => `${file} cannot be read: ${sentence}`));
  }
  return { graph, troubles };
}
