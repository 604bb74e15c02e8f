import { describe, expect, it } from "vitest";
import type { Rooms } from "../../dev/rooms/borders.ts";
import { reportOn } from "../../dev/rooms/report.ts";
import { roomList, withRoomList } from "../../dev/rooms/room-list.ts";

/** A small town: a word, an open room, a leaf, a room that has rooms inside, and one on top. */
const ROOMS: Rooms = {
  "errors.ts": { purpose: "words", mayImport: [], instead: "Words import nothing." },
  http: { purpose: "the wire", mayImport: ["errors.ts"], isOpen: true },
  auth: { purpose: "who calls", mayImport: ["errors.ts", "http"] },
  "billing/tables.ts": { purpose: "rows", mayImport: [] },
  "billing/orders": { purpose: "orders", mayImport: ["billing/tables.ts", "auth"] },
  "billing/refunds": { purpose: "refunds", mayImport: ["billing/orders", "billing/tables.ts"] },
  "billing/index.ts": { purpose: "the front door", mayImport: ["billing/*"] },
  admin: { purpose: "on top", mayImport: ["auth", "billing", "http"] },
};
const TOWN: Readonly<Record<string, readonly string[]>> = {
  "src/errors.ts": ["zod"],
  "src/http/tables.ts": [],
  "src/http/text.ts": ["../errors.ts"],
  "src/auth/index.ts": ["./users.ts"],
  "src/auth/users.ts": ["../http/text.ts", "../errors.ts", "hono"],
  "src/billing/tables.ts": ["drizzle-orm"],
  "src/billing/orders/order.ts": ["../tables.ts", "../../auth/index.ts"],
  "src/billing/refunds/refund.ts": ["../orders/order.ts"],
  "src/billing/index.ts": ["./refunds/refund.ts", "./orders/order.ts"],
  "src/admin/index.ts": ["../billing/index.ts", "../auth/index.ts", "../http/text.ts"],
};

/** What is told of the town, with some of its files otherwise and by the same table, or another. */
const report = (
  change: Readonly<Record<string, readonly string[]>> = {},
  rooms: Rooms = ROOMS,
  unreadable: readonly string[] = [],
) =>
  reportOn(
    new Map(
      Object.entries({ ...TOWN, ...change }).map(([file, specifiers]) => [
        file,
        { specifiers, unreadable },
      ]),
    ),
    rooms,
  );
/** The same, without the line that sums up. */
const told = (...args: Parameters<typeof report>) => {
  const { lines, isClean } = report(...args);
  expect(isClean).toBe(lines.length === 1);
  return lines.slice(0, -1);
};

/** The line about an import that is refused. */
const refused = (file: string, target: string, ...sentences: readonly string[]) =>
  `src/${file} imports src/${target}: ${sentences.join(" ")}`;
const door = (room: string) =>
  `Import src/${room}/index.ts: what is behind it may change without asking.`;

it("a tree that keeps to the table is told to be clean, with what was read", () => {
  expect(report()).toEqual({
    isClean: true,
    lines: ["10 files, 12 imports: no circle, no border crossed."],
  });
});

it("all that is wrong is counted in the last line", () => {
  const { lines } = report({ "src/errors.ts": ["./auth/index.ts", "./gone.ts"] });
  expect(lines).toHaveLength(4);
  expect(lines.at(-1)).toBe("10 files, 13 imports: 1 circle, 1 border crossed, 1 other trouble.");
});

describe("circles", () => {
  it("are told by their shortest way around, however long the others are", () => {
    const rooms = { all: { purpose: "", mayImport: [] } };
    const imports = {
      "src/all/a.ts": ["./b.ts"],
      "src/all/b.ts": ["./c.ts"],
      "src/all/c.ts": ["./d.ts"],
      "src/all/d.ts": ["./a.ts", "./c.ts"],
      "src/all/leaf.ts": [],
      "src/all/on-top.ts": ["./a.ts", "./leaf.ts"],
    };
    const files = Object.entries(imports).map(
      ([file, specifiers]) => [file, { specifiers, unreadable: [] }] as const,
    );
    expect(reportOn(new Map(files), rooms).lines).toEqual([
      "A circle among 4 files: src/all/c.ts → src/all/d.ts → src/all/c.ts",
      "6 files, 7 imports: 1 circle, no border crossed.",
    ]);
  });

  it("are told apart where no way leads back from one to the other", () => {
    const change = {
      "src/auth/users.ts": ["./index.ts"],
      "src/billing/orders/order.ts": ["./line.ts", "../../auth/index.ts"],
      "src/billing/orders/line.ts": ["./order.ts"],
    };
    const [line, order] = ["src/billing/orders/line.ts", "src/billing/orders/order.ts"];
    expect(told(change)).toEqual([
      "A circle among 2 files: src/auth/index.ts → src/auth/users.ts → src/auth/index.ts",
      `A circle among 2 files: ${line} → ${order} → ${line}`,
    ]);
  });

  it("may be of one file that imports itself", () => {
    expect(told({ "src/errors.ts": ["./errors.ts"] })).toEqual([
      "A circle among 1 file: src/errors.ts → src/errors.ts",
    ]);
  });

  it("are none where two ways lead to the same file", () => {
    expect(told({ "src/admin/index.ts": ["../auth/index.ts", "../billing/index.ts"] })).toEqual([]);
  });
});

describe("borders", () => {
  it("may not be crossed to a room that is not listed, and the room says where to go", () => {
    const said = ["errors.ts may not import http.", "Words import nothing."];
    expect(told({ "src/errors.ts": ["./http/text.ts"] })).toContain(
      refused("errors.ts", "http/text.ts", ...said),
    );
  });

  it("tell what a room may import where the room says nothing of its own", () => {
    const said = ["auth may not import billing.", "It may import errors.ts, http."];
    expect(told({ "src/auth/users.ts": ["../billing/index.ts"] })).toContain(
      refused("auth/users.ts", "billing/index.ts", ...said),
    );
    const none = ["billing/tables.ts may not import errors.ts.", "It may import no other room."];
    expect(told({ "src/billing/tables.ts": ["../errors.ts"] })).toEqual([
      refused("billing/tables.ts", "errors.ts", ...none),
    ]);
  });

  it("are crossed by the front door alone, even to a room that is listed", () => {
    const said = ["admin may not import auth but by its front door.", door("auth")];
    expect(told({ "src/admin/index.ts": ["../auth/users.ts"] })).toEqual([
      refused("admin/index.ts", "auth/users.ts", ...said),
    ]);
  });

  it("keep rooms inside another, and its tables, from whoever is outside", () => {
    const said = ["admin may not import billing but by its front door.", door("billing")];
    expect(
      told({ "src/admin/index.ts": ["../billing/orders/order.ts", "../billing/tables.ts"] }),
    ).toEqual([
      refused("admin/index.ts", "billing/orders/order.ts", ...said),
      refused("admin/index.ts", "billing/tables.ts", ...said),
    ]);
  });

  it("of an open room keep its tables in", () => {
    const said = ["auth may not import tables of http.", "Call what reads and writes them there."];
    expect(told({ "src/auth/users.ts": ["../http/tables.ts"] })).toEqual([
      refused("auth/users.ts", "http/tables.ts", ...said),
    ]);
  });

  it("between rooms inside the same one are open to what is listed, and in one direction", () => {
    expect(told({ "src/billing/refunds/refund.ts": ["../tables.ts"] })).toEqual([]);
    const said = [
      "billing/orders may not import billing/refunds.",
      "It may import billing/tables.ts, auth.",
    ];
    expect(told({ "src/billing/orders/order.ts": ["../refunds/refund.ts"] })).toContain(
      refused("billing/orders/order.ts", "billing/refunds/refund.ts", ...said),
    );
  });

  it("of a room inside another are not opened by what its neighbour may import", () => {
    expect(told({ "src/billing/refunds/refund.ts": ["../../auth/index.ts"] })).toHaveLength(1);
  });

  it("are not taken for those of a room whose name begins alike", () => {
    const rooms = { ...ROOMS, authority: { purpose: "", mayImport: ["errors.ts"] } };
    const change = { "src/authority/index.ts": ["../auth/index.ts"] };
    expect(told(change, rooms)).toHaveLength(1);
  });
});

describe("what cannot be judged is a trouble:", () => {
  it.each(["./gone.ts", "./users", "../auth", "/src/errors.ts", "#errors", "../../dev/start.ts"])(
    "an import of %s, which is no file in src",
    (specifier) => {
      expect(told({ "src/auth/users.ts": [specifier] })).toEqual([
        `src/auth/users.ts imports "${specifier}", which is no file in src.`,
      ]);
    },
  );

  it("a file that could not be read", () => {
    const lines = told({}, ROOMS, ["it is torn."]);
    expect(lines).toHaveLength(10);
    expect(lines).toContain("src/errors.ts cannot be read: it is torn.");
  });

  it("a file that belongs to no room, also beside rooms that are inside another", () => {
    expect(told({ "src/new.ts": [], "src/billing/stray.ts": [] })).toEqual([
      "src/new.ts is in no room of dev/rooms/table.ts.",
      "src/billing/stray.ts is in no room of dev/rooms/table.ts.",
    ]);
  });

  it("a room that no file is in", () => {
    const rooms = { ...ROOMS, billing: { purpose: "", mayImport: [] } };
    expect(told({}, rooms)).toEqual([
      "billing is a room of dev/rooms/table.ts that no file is in.",
    ]);
  });

  it.each(["nowhere", "billing/orders", "billing/*", "auth/*", "auth/users.ts"])(
    "a list that names %s, which cannot be imported from there",
    (name) => {
      const rooms = {
        ...ROOMS,
        admin: { purpose: "", mayImport: ["auth", "billing", "http", name] },
      };
      expect(told({}, rooms)).toEqual([
        `admin may import ${name}, says dev/rooms/table.ts: it is no such room.`,
      ]);
    },
  );

  it("a list that names a room which is not inside the same one", () => {
    const rooms = { ...ROOMS, "billing/tables.ts": { purpose: "", mayImport: ["billing/gone"] } };
    expect(told({}, rooms)).toEqual([
      "billing/tables.ts may import billing/gone, says dev/rooms/table.ts: it is no such room.",
    ]);
  });
});

describe("the list of rooms in CONTRIBUTING", () => {
  const rooms: Rooms = {
    "ids.ts": { purpose: "ids", mayImport: [] },
    "db.ts": { purpose: "D1", mayImport: [] },
    chat: { purpose: "one paid completion", mayImport: ["ids.ts", "account"] },
  };

  it("names each room with its purpose and what it may import, and the kernel once", () => {
    expect(roomList(rooms)).toBe(
      [
        "- The kernel, for every room that needs it: `ids.ts`, `db.ts`.",
        "- **`chat`**: one paid completion. Imports `account`.",
      ].join("\n"),
    );
  });

  it("stands between its marks, and replaces what stood there before", () => {
    const document = "# A\n<!-- rooms -->\nold\n<!-- /rooms -->\nend\n";
    const updated = withRoomList(document, rooms);
    expect(updated).not.toContain("old");
    expect(updated).toContain("**`chat`**");
    expect(updated.endsWith("<!-- /rooms -->\nend\n")).toBe(true);
    expect(withRoomList(updated, rooms)).toBe(updated);
  });

  it("changes nothing in a document without marks", () => {
    expect(withRoomList("# A\n", rooms)).toBe("# A\n");
  });
});
