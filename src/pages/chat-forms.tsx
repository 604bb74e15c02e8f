import { z } from "zod";
import { ApiRefusal, done, said } from "./api.ts";
import { showChat } from "./chat.tsx";
import type { PageContext } from "./context.ts";
import { onceOf } from "./form-parts.tsx";
import { pathParam } from "./path-param.ts";
import { problemPage } from "./problem.tsx";

/** An unchosen or empty field is as good as none. */
const optional = z
  .string()
  .optional()
  .transform((text) => (text === "" ? undefined : text))
  .catch(undefined);
const typed = z.object({
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

async function begin(
  c: PageContext,
  { model, agentId, once }: z.output<typeof typed>,
): Promise<string> {
  const terms = agentId === undefined ? { model: model ?? null } : { agentId };
  const { id } = await said(c.var.api.api.conversations.$post({ json: terms }, onceOf(once)));
  return id;
}

/**
 * `POST /chat` and `POST /chat/:id`: says something, and shows the reply when it has come whole.
 * For readers without scripts.
 */
export async function sayOnPage(c: PageContext) {
  const form = typed.parse(await c.req.parseBody());
  const { message, model, once } = form;
  let id = c.req.param("id") === undefined ? null : idOf(c);
  try {
    id ??= await begin(c, form);
    const { messages } = c.var.api.api.conversations[":id"];
    const json = { message, ...(model === undefined ? {} : { model }) };
    await done(messages.$post({ param: { id }, json }, onceOf(once)));
    return c.redirect(`/chat/${id}#latest`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 401) throw error;
    // Who it is with is the wire's to say once there is a conversation.
    if (id === null && form.agentId !== undefined)
      return problemPage(c, error.status, error.message, "/chat");
    return await showChat(c, id, { message, model, refusal: error });
  }
}

/** `POST /chat/:id/rename`. Without a title it goes by none. */
export async function renameChat(c: PageContext) {
  const { title } = z.object({ title: z.string().trim().catch("") }).parse(await c.req.parseBody());
  const change = { title: title === "" ? null : title };
  await said(c.var.api.api.conversations[":id"].$patch({ param: { id: idOf(c) }, json: change }));
  return c.redirect(`/chat/${idOf(c)}`, 303);
}

/** `POST /chat/:id/delete`. */
export async function removeChat(c: PageContext) {
  await done(c.var.api.api.conversations[":id"].$delete({ param: { id: idOf(c) } }));
  return c.redirect("/chat", 303);
}

/**
 * `POST /chat/:id/pay`: to Stripe's page for this conversation in the chosen tier, and back to it.
 */
export async function payForChat(c: PageContext) {
  const { tier } = z.object({ tier: z.string().catch("") }).parse(await c.req.parseBody());
  const conversationId = idOf(c);
  const chatPath = `/chat/${conversationId}`;
  const { PUBLIC_URL } = c.var.config;
  try {
    const json = { conversationId, tier, cancelUrl: `${PUBLIC_URL}${chatPath}` };
    const { url } = await said(c.var.api.api.payments.link.$post({ json }));
    return c.redirect(url, 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return problemPage(c, error.status, error.message, chatPath);
    throw error;
  }
}
