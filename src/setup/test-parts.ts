import { listModels, listUpstreams } from "../catalog/index.ts";
import { noteCheck } from "../checks/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { Language } from "../languages.ts";
import { sendTestMail } from "../mail/index.ts";
import { MINUTE_MS } from "../time.ts";
import { probeUpstream, resolveUpstream } from "../upstream/index.ts";
import type { TestResultView } from "./wire.ts";

async function noteResult(
  { db, nowMs }: Context,
  name: string,
  problem: string | null,
): Promise<TestResultView> {
  await noteCheck(db, name, problem, nowMs);
  return { isOk: problem === null, problem };
}

/**
 * Calls an upstream for a few tokens, with a model that is sold or one that is named.
 * @param model the vendor's name of a model
 * @returns `not_found` for an upstream that UPSTREAMS does not have, `invalid_request` where no
 *   model is named and no chat model of it is sold, `misconfigured` where its key is missing
 */
export async function testUpstream(
  ctx: Context,
  name: string,
  model: string | undefined,
): Promise<Result<TestResultView>> {
  if (!Object.hasOwn(ctx.config.UPSTREAMS, name))
    return fail("not_found", `The setting UPSTREAMS has no "${name.slice(0, 100)}".`);
  const models = await listModels(ctx.db, { activeOnly: true });
  const served = models
    .filter(({ kind }) => kind === "chat")
    .flatMap(listUpstreams)
    .find(({ upstream }) => upstream === name);
  const asked = model ?? served?.upstreamModel;
  if (asked === undefined)
    return fail("invalid_request", "model: no model of this upstream is sold: name one.", {
      param: "model",
    });
  const upstream = resolveUpstream(ctx.config, name);
  if (!upstream.ok) return upstream;
  return ok(await noteResult(ctx, `upstream:${name}`, await probeUpstream(upstream.value, asked)));
}

/**
 * Sends a mail to an admin, once a minute at most.
 * @returns `conflict` where no mails are set up
 */
export async function testMail(
  ctx: Context,
  to: string,
  language: Language,
): Promise<Result<TestResultView>> {
  const id = `setup:${to}:${Math.floor(ctx.nowMs / MINUTE_MS)}`;
  const problem = await sendTestMail(ctx, to, language, id);
  if (problem === "off")
    return fail(
      "conflict",
      "No mails are set up: set MAIL_FROM, and RESEND_API_KEY or the binding EMAIL.",
      { param: "MAIL_FROM" },
    );
  return ok(await noteResult(ctx, "mail", problem));
}
