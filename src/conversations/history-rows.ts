import type { Conversation, MessageStatus } from "./types.ts";

/** A row of the object's SQLite. */
export type Row<T> = T & Record<string, SqlStorageValue>;

/** A conversation as it is stored. */
export interface StoredConversation extends Conversation {
  readonly no: number;
  readonly nextSequence: number;
  /** The user's last message of the branch that is shown; null: the newest of all. */
  readonly leafSequence: number | null;
}

export type ConversationRow = Row<{
  conversation_no: number;
  id: string;
  title: string | null;
  agent_id: string | null;
  model: string | null;
  system_prompt: string | null;
  next_place: number;
  leaf_place: number | null;
  created_at_ms: number;
  updated_at_ms: number;
}>;

export type MessageRow = Row<{
  conversation_no: number;
  place: number;
  id: string;
  role: "user" | "assistant";
  status: MessageStatus;
  content: string;
  more_parts: number;
  tokens: number;
  answer_by_ms: number | null;
  error: string | null;
  fare: string | null;
  created_at_ms: number;
}>;

/** Converts a row to the conversation that it stores. */
export const toStoredConversation = (row: ConversationRow): StoredConversation => ({
  no: row.conversation_no,
  id: row.id,
  title: row.title,
  agentId: row.agent_id,
  model: row.model,
  systemPrompt: row.system_prompt,
  nextSequence: row.next_place,
  leafSequence: row.leaf_place,
  createdAt: row.created_at_ms,
  updatedAt: row.updated_at_ms,
});
