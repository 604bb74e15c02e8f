import { raw } from "hono/html";
import type { PageContext } from "../context.ts";
import { Icon } from "../ui/icon.tsx";
import { statusText, usageDetail, usageText } from "./message-text.ts";
import type { BubbleContent } from "./message-view.ts";

interface MessageProps {
  readonly c: PageContext;
  readonly id?: string;
  /** The conversation's id; empty before there is one. */
  readonly conversationId: string;
  readonly message: BubbleContent;
  /** The reply as HTML; undefined where it is shown as it was written. */
  readonly html?: string | undefined;
  /** The user's message that a reply answers, and its id. */
  readonly question?: { readonly id: string; readonly content: string } | undefined;
  /** The model that replies when a message is sent again; undefined where an agent decides. */
  readonly model?: string | undefined;
  /** Whether the reader may send messages here. */
  readonly canSend: boolean;
  /** Whether the reason is shown beside the field. */
  readonly isErrorShownBelow?: boolean;
}

/** The hidden fields of a form that sends a message in the place of another. */
const BranchFields = ({ branchOf, model }: { branchOf: string; model: string | undefined }) => (
  <>
    <input type="hidden" name="once" value={crypto.randomUUID()} />
    <input type="hidden" name="branchOf" value={branchOf} />
    {model === undefined ? null : <input type="hidden" name="model" value={model} />}
  </>
);

/** Buttons that lead to the other messages in one place. The script shows them where there are. */
function BranchSwitch({ c, id, conversationId, message }: MessageProps) {
  const { chat: words } = c.var.words;
  const { branches } = message;
  const at = branches.indexOf(id ?? "");
  const step = (to: number, name: "chevron-left" | "chevron-right", label: string) => (
    <button
      type="submit"
      name="branch"
      value={branches[to] ?? ""}
      class="ghost"
      disabled={branches[to] === undefined}
      aria-label={label}
      title={label}
    >
      <Icon name={name} />
    </button>
  );
  return (
    <form
      method="post"
      action={`/chat/${conversationId}/branch`}
      class="branches"
      data-branches
      hidden={branches.length < 2}
    >
      {step(at - 1, "chevron-left", words.branchBefore)}
      <span data-part="branch" aria-label={words.branch(String(at + 1), String(branches.length))}>
        {at + 1}/{branches.length}
      </span>
      {step(at + 1, "chevron-right", words.branchAfter)}
    </form>
  );
}

/** The form that sends an edited message, which begins a branch. */
function EditForm({ c, id = "", conversationId, message, model }: MessageProps) {
  const { chat: words } = c.var.words;
  return (
    <details class="edit" data-edit>
      <summary class="ghost" aria-label={words.edit} title={words.edit}>
        <Icon name="pencil" />
      </summary>
      <form method="post" action={`/chat/${conversationId}`} data-edit-form>
        <BranchFields branchOf={id} model={model} />
        <textarea name="message" aria-label={words.edit} dir="auto" rows={3} required>
          {message.content.startsWith("\n") ? `\n${message.content}` : message.content}
        </textarea>
        <p class="hint">{words.editHint}</p>
        <div class="row">
          <button type="submit">{words.editSend}</button>
          <button type="button" class="plain" data-close data-needs-script hidden>
            {words.editCancel}
          </button>
        </div>
      </form>
    </details>
  );
}

/** The button that asks for another reply. Only that of the newest turn is shown. */
function RetryForm({ c, conversationId, question, model }: MessageProps) {
  const { chat: words } = c.var.words;
  return (
    <form method="post" action={`/chat/${conversationId}`} class="retry" data-retry>
      <BranchFields branchOf={question?.id ?? ""} model={model} />
      <input type="hidden" name="message" value={question?.content ?? ""} />
      <button type="submit" class="ghost" title={words.retryHint}>
        <Icon name="arrow-path" />
        <span>{words.retry}</span>
        <span class="visually-hidden">{words.retryHint}</span>
      </button>
    </form>
  );
}

/** The text of a message: what a reply says in Markdown, or a text as it is. */
function MessageText({ message, html }: Pick<MessageProps, "message" | "html">) {
  if (html === undefined)
    return (
      <div
        class="text plain"
        dir="auto"
        data-part="text"
        data-unrendered={message.role === "assistant" && message.content !== "" ? "" : undefined}
      >
        {message.content}
      </div>
    );
  return (
    <>
      <div class="text" data-part="text">
        {raw(html)}
      </div>
      <template data-part="source">{message.content}</template>
    </>
  );
}

/** A message with what it cost, its status and what can be done with it. The script fills the same
 * parts, by their `data-part`. */
export function Message(props: MessageProps) {
  const { c, id, message, canSend, isErrorShownBelow = false } = props;
  const { chat: words } = c.var.words;
  const status = statusText(c, message, isErrorShownBelow);
  const isUser = message.role === "user";
  return (
    <article class={`message ${message.role}`} id={id} data-message={id}>
      <span class="visually-hidden">
        {isUser ? words.you : (message.model ?? c.var.brand.name)}
      </span>
      {isUser ? null : (
        <details class="thoughts" data-part="thoughts" hidden>
          <summary data-part="thought">{words.thinking}</summary>
          <div class="text plain" dir="auto" data-part="thinking" />
        </details>
      )}
      <MessageText {...props} />
      <div class="message-foot">
        <span class="badge warn" data-part="status" hidden={status === ""}>
          {status}
        </span>
        {isUser ? (
          <BranchSwitch {...props} />
        ) : (
          <span class="usage" data-part="usage" title={usageDetail(c, message)}>
            {usageText(c, message)}
          </span>
        )}
        <button
          type="button"
          class="ghost"
          data-copy-message
          data-needs-script
          hidden
          aria-label={words.copyMessage}
          title={words.copyMessage}
        >
          <Icon name="clipboard-document" />
        </button>
        {isUser && canSend ? <EditForm {...props} /> : null}
        {!isUser && canSend ? <RetryForm {...props} /> : null}
      </div>
    </article>
  );
}
