import { z } from "zod";
import { ApiRefusal, expectNoContent, unwrap } from "./api.ts";
import { renderChat } from "./chat.tsx";
import type { PageContext } from "./context.ts";
import { idempotencyHeader } from "./form-components.tsx";
import { pathParam } from "./path-param.ts";
import { renderProblem } from "./problem-page.tsx";

/** An unchosen or empty field is as good as none. */
const optional = z
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
  model: optional,
  agentId: optional,
  /** Sent twice, it is said once. */
  once: z.string().optional().catch(undefined),
});

const idOf = (c: PageContext): string => pathParam(c, "id");

async function createConversation(
  c: PageContext,
  { model, agentId, once }: z.output<typeof messageForm>,
): Promise<string> {
  const terms = agentId === undefined ? { model: model ?? null } : { agentId };
  const { id } = await unwrap(
    c.var.api.api.conversations.$post({ json: terms }, idempotencyHeader(once)),
  );
  return id;
}

/**
 * `POST /chat` and `POST /chat/:id`: says something, and shows the reply when it has come whole.
 * For readers without scripts.
 */
export async function postMessage(c: PageContext) {
  const form = messageForm.parse(await c.req.parseBody());
  const { message, model, once } = form;
  let id = c.req.param("id") === undefined ? null : idOf(c);
  try {
    id ??= await createConversation(c, form);
    const { messages } = c.var.api.api.conversations[":id"];
    const json = { message, ...(model === undefined ? {} : { model }) };
    await expectNoContent(messages.$post({ param: { id }, json }, idempotencyHeader(once)));
    return c.redirect(`/chat/${id}#latest`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 401) throw error;
    // Who it is with is the wire's to say once there is a conversation.
    if (id === null && form.agentId !== undefined)
      return renderProblem(c, error.status, error.message, "/chat");
    return await renderChat(c, id, { message, model, refusal: error });
  }
}

/** `POST /chat/:id/rename`. Without a title it goes by none. */
export async function renameChat(c: PageContext) {
  const { title } = z.object({ title: z.string().trim().catch("") }).parse(await c.req.parseBody());
  const change = { title: title === "" ? null : title };
  await unwrap(c.var.api.api.conversations[":id"].$patch({ param: { id: idOf(c) }, json: change }));
  return c.redirect(`/chat/${idOf(c)}`, 303);
}

/** `POST /chat/:id/delete`. */
export async function deleteChat(c: PageContext) {
  await expectNoContent(c.var.api.api.conversations[":id"].$delete({ param: { id: idOf(c) } }));
  return c.redirect("/chat", 303);
}

/**
 * `POST /chat/:id/pay`: to Stripe's page for this conversation in the chosen tier, and back to it.
 */
export async function payForChat(c: PageContext) {
  const { tier } = z.object({ tier: z.string().catch("") }).parse(await c.req.parseBody());
  const conversationId = idOf(c);
  const chatPath = `/chat/${conversationId}`;
  const { PUBLIC_URL } = c.var.ctx.config;
  try {
    const json = { conversationId, tier, cancelUrl: `${PUBLIC_URL}${chatPath}` };
    const { url } = await unwrap(c.var.api.api.payments.link.$post({ json }));
    return c.redirect(url, 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return renderProblem(c, error.status, error.message, chatPath);
    throw error;
  }
}
