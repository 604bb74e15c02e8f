import { listAims, rateAim } from "./aims.ts";
import { figure, findSlot, ratio } from "./ratios.ts";
import type { Results } from "./results.ts";

/** Summarizes the goals that were reached and missed. */
export function summarizeAims(results: Results): string {
  const all = listAims(results);
  const withVerdict = (verdict: ReturnType<typeof rateAim>) =>
    all.filter((aim) => rateAim(aim) === verdict);
  const missed = withVerdict("missed");
  const reached =
    `Of ${all.length} marks, ${withVerdict("aim met").length} reach the aim, ` +
    `${withVerdict("met").length} only the "at least", ${missed.length} are missed\n` +
    `and ${withVerdict("cannot be told").length} cannot be told`;
  if (missed.length === 0) return `${reached}.`;
  const list = missed.map(
    (aim) =>
      `- **missed**: ${aim.label}: ${aim.measured.toFixed(2)} where ${aim.least} is the mark`,
  );
  return `${reached}:\n\n${list.join("\n")}`;
}

const formatMs = (value: number): string => `${value.toFixed(1)} ms`;

/** Describes what an account adds that is far away. */
export function describeFarAccount({ farAccount }: Results): string {
  if (farAccount === null) return "";
  const { awayMs, firstTokenMs, overlappedAddsMs, inTurnAddsMs, refused, askedInVain } = farAccount;
  return `With an account ${awayMs} ms away and a model that takes ${firstTokenMs} ms to its first
token, Farebox adds ${formatMs(overlappedAddsMs)} before the first byte, since the model is asked
while the account decides; asked in turn (\`OVERLAP_AUTHORIZE=false\`) it adds
${formatMs(inTurnAddsMs)}. When an account is emptied elsewhere, the model is asked in vain for
${askedInVain} of the ${refused} chats that are refused next, and stopped about
${awayMs} ms later.`;
}

const formatUs = (value: number): string => `${value.toFixed(0)} µs`;

/** Describes the parts of a chat's CPU time, as far as the targets' differences show them. */
export function describeCpu(results: Results): string {
  const slot = findSlot(results, "json", 16);
  if (slot === undefined) return "";
  const cpuUs = (target: "floor" | "rows" | "bare" | "farebox"): number =>
    figure(slot, target, "cpuMs") * 1000;
  const [floor, rows, bare, farebox] = [
    cpuUs("floor"),
    cpuUs("rows"),
    cpuUs("bare"),
    cpuUs("farebox"),
  ];
  const throughput = ratio(slot, "bare", { target: "floor" }, "perSecond").median;
  return `A JSON chat at 16 connections takes ${formatUs(farebox)} of CPU:
${formatUs(floor)} are the forwarding that the floor does too,
${formatUs(rows - floor)} are two RPCs that write a row each and decide nothing,
${formatUs(bare - rows)} are the account's decisions, the lookup of the key, and the parsing of
the request and the reply;
${formatUs(farebox - bare)} are everything else: the router, validation, deadlines, headers, the
log, and the garbage of all that for V8's collector.
If all of that cost nothing at all (_Farebox's accounts alone_), the throughput would be
${throughput.toFixed(2)} of the floor's, and the CPU ${(bare / floor).toFixed(1)} times.`;
}
