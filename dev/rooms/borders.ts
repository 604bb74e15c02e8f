import type { Graph } from "./graph.ts";

/** A room: a folder or a file under src/, by its path there. */
interface Room {
  /** Its purpose, in one line. */
  readonly purpose: string;
  /**
   * The rooms that it may import: those inside the same outermost room by their paths,
   * `<outermost>/*` for all of these, and any other outermost room by its name, which means its
   * front door.
   */
  readonly mayImport: readonly string[];
  /** Where to go instead of what it may not import. Without it, the list says so. */
  readonly instead?: string;
  /** All may be imported by whoever lists the room, for there is no `index.ts` to come in by. */
  readonly isOpen?: true;
}

/** A room inside another has the longer path, and none of the other's permissions. */
export type Rooms = Readonly<Record<string, Room>>;

/** The room that no other is around. */
const outermostOf = (room: string): string => room.replace(/\/.*/, "");

/** The innermost room that a file is in; null for none. */
function roomOf(file: string, rooms: Rooms): string | null {
  const parts = file.split("/").slice(1);
  for (let length = parts.length; length > 0; length--) {
    const name = parts.slice(0, length).join("/");
    if (Object.hasOwn(rooms, name)) return name;
  }
  return null;
}

/** Why a file of an outermost room is not for others, and where to go instead; null if it is. */
function besideTheDoor(target: string, outermost: string, rooms: Rooms): string | null {
  const door = `src/${outermost}/index.ts`;
  if (target === `src/${outermost}` || target === door) return null;
  if (rooms[outermost]?.isOpen !== true) {
    const why = "what is behind it may change without asking";
    return `${outermost} but by its front door. Import ${door}: ${why}.`;
  }
  return target.endsWith("/tables.ts")
    ? `tables of ${outermost}. Call what reads and writes them there.`
    : null;
}

/** Says why one room may not import of another, and where to go instead; null if it may. */
function refusal(from: string, to: string, target: string, rooms: Rooms): string | null {
  const mayImport = rooms[from]?.mayImport ?? [];
  const outermost = outermostOf(to);
  const isInside = outermost === outermostOf(from);
  const names = isInside ? [to, `${outermost}/*`] : [outermost];
  if (names.some((name) => mayImport.includes(name)))
    return isInside ? null : besideTheDoor(target, outermost, rooms);
  const list = mayImport.length === 0 ? "no other room" : mayImport.join(", ");
  return `${names[0]}. ${rooms[from]?.instead ?? `It may import ${list}.`}`;
}

/** The imports that cross a border which the table does not open, a line each. */
export function crossings(graph: Graph, rooms: Rooms): readonly string[] {
  const lines: string[] = [];
  for (const [file, targets] of graph)
    for (const target of targets) {
      const from = roomOf(file, rooms);
      const to = roomOf(target, rooms);
      if (from === null || to === null || from === to) continue;
      const refused = refusal(from, to, target, rooms);
      if (refused !== null)
        lines.push(`${file} imports ${target}: ${from} may not import ${refused}`);
    }
  return lines;
}

/** Whether a room's list names what there is to be imported. */
function isKnown(name: string, room: string, rooms: Rooms): boolean {
  const outermost = outermostOf(room);
  if (outermostOf(name) === outermost)
    return name === `${outermost}/*` || Object.hasOwn(rooms, name);
  return Object.keys(rooms).some((other) => outermostOf(other) === name);
}

/** Where the table is not, or no longer, about the files there are, a line each. */
export function tableTroubles(files: Iterable<string>, rooms: Rooms): readonly string[] {
  const inhabited = new Map([...files].map((file) => [file, roomOf(file, rooms)]));
  const orphans = [...inhabited].filter(([, room]) => room === null).map(([file]) => file);
  const lived = new Set(inhabited.values());
  return [
    ...orphans.map((file) => `${file} is in no room of dev/rooms/table.ts.`),
    ...Object.keys(rooms)
      .filter((room) => !lived.has(room))
      .map((room) => `${room} is a room of dev/rooms/table.ts that no file is in.`),
    ...Object.entries(rooms).flatMap(([room, { mayImport }]) =>
      mayImport
        .filter((name) => !isKnown(name, room, rooms))
        .map((name) => `${room} may import ${name}, says dev/rooms/table.ts: it is no such room.`),
    ),
  ];
}
