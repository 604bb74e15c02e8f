import type { Rooms } from "./borders.ts";

const WIDTH = 100;
const BEGIN = "<!-- rooms -->";
const END = "<!-- /rooms -->";

/** Wraps words to lines, the first after a bullet and the others indented. */
function wrap(text: string): string {
  const lines = ["-"];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines.join("\n");
}

/** Whether a room is a file of the kernel: it stands in src and imports only such files. */
function isKernel(name: string, rooms: Rooms): boolean {
  const room = rooms[name];
  if (room === undefined || !/^[^/]+\.ts$/.test(name)) return false;
  return room.mayImport.every((to) => isKernel(to, rooms));
}

const inCode = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/**
 * Lists the rooms and what each may import, as Markdown. The files of the kernel are one line
 * together, and are left out of what the others import.
 */
export function roomList(rooms: Rooms): string {
  const [kernel, others] = [true, false].map((wanted) =>
    Object.keys(rooms).filter((name) => isKernel(name, rooms) === wanted),
  );
  const lines = (others ?? []).map((name) => {
    const listed = rooms[name]?.mayImport.filter((to) => !isKernel(to, rooms)) ?? [];
    const imports = listed.length === 0 ? "only the kernel" : inCode(listed);
    return `**\`${name}\`**: ${rooms[name]?.purpose}. Imports ${imports}.`;
  });
  return [`The kernel, for every room that needs it: ${inCode(kernel ?? [])}.`, ...lines]
    .map(wrap)
    .join("\n");
}

/** Puts the list of rooms between its two marks in a document. Without marks nothing changes. */
export function withRoomList(document: string, rooms: Rooms): string {
  const from = document.indexOf(BEGIN);
  const to = document.indexOf(END);
  if (from < 0 || to < from) return document;
  const before = document.slice(0, from + BEGIN.length);
  return `${before}\n\n${roomList(rooms)}\n\n${document.slice(to)}`;
}
