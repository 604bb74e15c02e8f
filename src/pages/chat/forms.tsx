import { z } from "zod";
import { ApiRefusal, expectNoContent, unwrap } from "../api.ts";
import { checkoutLocale } from "../checkout-locale.ts";
import type { PageContext } from "../context.ts";
import { idempotencyHeader } from "../form-components.tsx";
import { trimInput } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { renderProblem } from "../problem-page.tsx";
import { refusalText } from "../refusal-text.ts";
import { renderChat } from "./page.tsx";

/** A text that counts as missing where it is empty. */
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === "" ? undefined : text))
  .catch(undefined);
const messageForm = z.object({
  // A form sends lines as CRLF.
  message: z
    .string()
    .catch("")
    .transform((text) => text.replaceAll("\r\n", "\n")),
  model: optionalText,
  agentId: optionalText,
  /** A model that the reader takes in place of one that their plan does not include. */
  useModel: optionalText,
  /** The message whose place this one takes. */
  branchOf: optionalText,
  /** The idempotency key: a form that is sent twice posts its message once. */
  once: z.string().optional().catch(undefined),
});

const idParam = (c: PageContext): string => pathParam(c, "id");

async function createConversation(
  c: PageContext,
  { model, agentId, once }: z.output<typeof messageForm>,
): Promise<string> {
  const params = agentId === undefined ? { model: model ?? null } : { agentId };
  const { id } = await unwrap(
    c.var.api.api.conversations.$post({ json: params }, idempotencyHeader(once)),
  );
  return id;
}

/**
 * `POST /chat` and `POST /chat/:id`: posts a message, and shows the reply once it is complete. For
 * readers without scripts.
 */
export async function postMessage(c: PageContext) {
  const form = messageForm.parse(await c.req.parseBody());
  const { message, branchOf, once } = form;
  const model = form.useModel ?? form.model;
  let id = c.req.param("id") === undefined ? null : idParam(c);
  try {
    id ??= await createConversation(c, { ...form, model });
    const { messages } = c.var.api.api.conversations[":id"];
    const json = {
      message,
      ...(model === undefined ? {} : { model }),
      ...(branchOf === undefined ? {} : { branchOf }),
    };
    await expectNoContent(messages.$post({ param: { id }, json }, idempotencyHeader(once)));
    return c.redirect(`/chat/${id}#latest`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 401) throw error;
    // The form of a new conversation cannot show its agent again: only the wire knows it.
    if (id === null && form.agentId !== undefined)
      return renderProblem(c, error.status, refusalText(c, error), "/chat");
    return await renderChat(c, id, { message, model, refusal: error });
  }
}

/** `POST /chat/:id/rename`: changes the title, or removes it where it is empty. */
export async function renameChat(c: PageContext) {
  const form = z.object({ title: z.string().transform(trimInput).catch("") });
  const { title } = form.parse(await c.req.parseBody());
  const change = { title: title === "" ? null : title };
  await unwrap(
    c.var.api.api.conversations[":id"].$patch({ param: { id: idParam(c) }, json: change }),
  );
  return c.redirect(`/chat/${idParam(c)}`, 303);
}

/** `POST /chat/:id/branch`: shows another branch. */
export async function switchBranch(c: PageContext) {
  const { branch } = z.object({ branch: z.string().catch("") }).parse(await c.req.parseBody());
  const id = idParam(c);
  await unwrap(c.var.api.api.conversations[":id"].$patch({ param: { id }, json: { branch } }));
  return c.redirect(`/chat/${id}#${encodeURIComponent(branch)}`, 303);
}

/** `POST /chat/:id/delete`: deletes a conversation. */
export async function deleteChat(c: PageContext) {
  await expectNoContent(c.var.api.api.conversations[":id"].$delete({ param: { id: idParam(c) } }));
  return c.redirect("/chat", 303);
}

/** `POST /chat/:id/pay`: redirects to Stripe's page for this conversation in the chosen tier. */
export async function payForChat(c: PageContext) {
  const { tier } = z.object({ tier: z.string().catch("") }).parse(await c.req.parseBody());
  const conversationId = idParam(c);
  const chatPath = `/chat/${conversationId}`;
  const { PUBLIC_URL } = c.var.ctx.config;
  try {
    const cancelUrl = `${PUBLIC_URL}${chatPath}`;
    const json = { conversationId, tier, cancelUrl, ...checkoutLocale(c) };
    const { url } = await unwrap(c.var.api.api.payments.link.$post({ json }));
    return c.redirect(url, 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return renderProblem(c, error.status, refusalText(c, error), chatPath);
    throw error;
  }
}
