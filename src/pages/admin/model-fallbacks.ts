/** An upstream of a model as the API has it. */
interface Fallback {
  readonly upstream: string;
  readonly upstreamModel: string;
  readonly weight: number | null;
}

/** Shows upstreams for editing: one a line, with the weight at its end where it has one. */
export const formatFallbacks = (fallbacks: readonly Fallback[]): string =>
  fallbacks
    .map(({ upstream, upstreamModel, weight }) =>
      [upstream, upstreamModel, ...(weight === null ? [] : [`*${weight}`])].join(" "),
    )
    .join("\n");

/** Reads them back. What is missing of a line is left empty, for the API to refuse. */
export const readFallbacks = (text: string): Fallback[] =>
  text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first !== "")
    .map(([upstream = "", ...rest]) => {
      const weight = /^\*(\d{1,7})$/.exec(rest.at(-1) ?? "")?.[1];
      const names = weight === undefined ? rest : rest.slice(0, -1);
      return {
        upstream,
        upstreamModel: names.join(" "),
        weight: weight === undefined ? null : Number(weight),
      };
    });
