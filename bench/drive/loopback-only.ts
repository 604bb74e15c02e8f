import { Server } from "node:net";

// Loaded before a server that would listen on every address, which makes it listen on the loopback
// address only.
const listen: unknown = Reflect.get(Server.prototype, "listen");
if (typeof listen === "function") {
  Object.defineProperty(Server.prototype, "listen", {
    value(this: Server, ...args: readonly unknown[]): unknown {
      const [port, ...rest] = args;
      if (typeof port !== "number") return Reflect.apply(listen, this, args);
      const callback = rest.find((argument) => typeof argument === "function");
      return Reflect.apply(listen, this, [{ port, host: "127.0.0.1" }, callback]);
    },
  });
}
