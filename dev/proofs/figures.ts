import { z } from "zod";

/** The figures of one run of a proof. */
const proofRecord = z.object({
  /** The UTC day of the run. */
  date: z.iso.date(),
  /** The commit that was proved; `+` follows it if files differed from the commit. */
  commit: z.string().regex(/^[0-9a-f]{12}\+?$/),
  /** The seed to replay the run with; null where nothing is random. */
  seed: z.int().nullable(),
  durationSeconds: z.number(),
  machine: z.string(),
  versions: z.record(z.string(), z.string()),
  /** The counts, each by a name in plain words. */
  counts: z.record(z.string(), z.number()),
});
type ProofRecord = z.infer<typeof proofRecord>;

/** `docs/reliability.json`: the last full run of each proof, by its name. */
export const proofRecords = z.record(z.string(), proofRecord);
export type ProofRecords = z.infer<typeof proofRecords>;

const BLOCK = /<!-- figures: ([\w-]+) -->\n[\s\S]*?<!-- \/figures -->/g;

const formatNumber = (value: number): string => value.toLocaleString("en-US").replaceAll(",", " ");

const formatDuration = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;

/** Renders one record as a list, for `docs/reliability.md`. */
function renderRecord({ counts, ...run }: ProofRecord): readonly string[] {
  const seed = run.seed === null ? "" : `, seed ${run.seed}`;
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `- ${run.date}, commit \`${run.commit}\`${seed}, ${formatDuration(run.durationSeconds)}`,
    `- ${run.machine}; ${versions.join(", ")}`,
    ...Object.entries(counts).map(([name, value]) => `- ${name}: ${formatNumber(value)}`),
  ];
}

/** Lists the proofs that have a block of figures in the document. */
export const listFigureBlocks = (document: string): readonly string[] =>
  Array.from(document.matchAll(BLOCK), ([, name = ""]) => name);

/** Returns the document with the figures of the records in its blocks. */
export const withFigures = (document: string, records: ProofRecords): string =>
  document.replaceAll(BLOCK, (_block, name: string) => {
    const record = records[name];
    const lines = record === undefined ? ["Not run yet."] : renderRecord(record);
    return [`<!-- figures: ${name} -->`, "", ...lines, "", "<!-- /figures -->"].join("\n");
  });
