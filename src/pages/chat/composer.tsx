import type { PageContext } from "../context.ts";
import { Icon } from "../ui/icon.tsx";
import type { ChatData } from "./data.ts";
import { ModelPicker } from "./model-picker.tsx";
import type { RejectedMessage } from "./notices.tsx";

interface ComposerProps {
  readonly c: PageContext;
  readonly data: ChatData;
  readonly conversationId: string | null;
  /** The agent of the conversation, which decides the model; null where the user does. */
  readonly agentId: string | null;
  readonly model: string | undefined;
  readonly rejected: RejectedMessage | undefined;
}

/** The form for a message. Without a script it posts, and the page then shows the reply. */
export function Composer({ c, data, conversationId, agentId, model, rejected }: ComposerProps) {
  const { chat: words } = c.var.words;
  return (
    <form
      method="post"
      action={conversationId === null ? "/chat" : `/chat/${conversationId}`}
      id="composer"
      class="composer"
      data-composer
    >
      <input type="hidden" name="once" value={crypto.randomUUID()} />
      {agentId === null ? null : <input type="hidden" name="agentId" value={agentId} />}
      <label for="message" class="visually-hidden">
        {words.message}
      </label>
      <textarea
        id="message"
        name="message"
        rows={1}
        required
        dir="auto"
        placeholder={words.placeholder}
        aria-describedby="message-hint"
      >
        {rejected?.message ?? ""}
      </textarea>
      <div class="composer-tools">
        {agentId === null ? <ModelPicker c={c} data={data} selected={model} /> : null}
        <span class="hint keys" id="message-hint" data-needs-script hidden>
          {words.keys}
        </span>
        <span class="hint estimate" data-estimate />
        <button type="submit" class="round" data-send aria-label={words.send} title={words.send}>
          <Icon name="arrow-up" />
        </button>
        <button
          type="button"
          class="round"
          data-stop
          hidden
          aria-label={words.stop}
          title={words.stop}
        >
          <Icon name="stop" />
        </button>
      </div>
    </form>
  );
}
