import { describe, expect, it } from "vitest";
import { Connection } from "../../../src/linux/broker/connection.js";
import type { Descriptor } from "../../../src/linux/native/descriptor.js";
import type { Kernel, KernelSockets } from "../../../src/linux/native/kernel.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { SystemCallError } from "../../../src/linux/native/system-call-error.js";
import { orThrow } from "../../../src/units/result.js";
import { openFiles } from "../open-files.js";
import { turns, until } from "./waiting.js";

const kernel = orThrow(await openKernel());
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The kernel, but for some calls on sockets. */
function kernelWith(changed: Partial<KernelSockets>): Kernel {
  const sockets = new Proxy(kernel.sockets, {
    get: (target, name) => {
      const own = changed[name as keyof KernelSockets] ?? target[name as keyof KernelSockets];
      return own.bind(target);
    },
  });
  return new Proxy(kernel, {
    get: (target, name) => {
      const own = name === "sockets" ? sockets : target[name as keyof Kernel];
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
}

/** Linux before 6.16 takes descriptors for any socket. */
const OLD: Kernel = kernelWith({
  setOption: (socket, option, value) => {
    if (option.name === "SO_PASSRIGHTS") throw new SystemCallError("setsockopt SO_PASSRIGHTS", null, "ENOPROTOOPT");
    kernel.sockets.setOption(socket, option, value);
  },
});

function served(on: Kernel): { connection: Connection; own: Descriptor; client: Descriptor; events: string[] } {
  const [own, client] = kernel.sockets.pair();
  const events: string[] = [];
  const connection = new Connection(on, own, {
    message: (message) => events.push(new TextDecoder().decode(message)),
    descriptors: () => events.push("descriptors"),
    closed: (why) => events.push(why),
  });
  return { connection, own, client, events };
}

describe("a connection", () => {
  it("gives whole messages, in order, and then the end", async () => {
    const { client, events } = served(kernel);
    for (let i = 0; i < 40; i += 1) kernel.sockets.send(client, bytes(`${i}`));
    client.close();
    await until("it ends", () => events.at(-1) === "left");
    expect(events).toEqual([...Array.from({ length: 40 }, (_, i) => `${i}`), "left"]);
  });

  it("closes descriptors that a client sends, where the kernel lets them through", async () => {
    const { connection, client, events } = served(OLD);
    using file = kernel.memfdCreate("unwanted");
    const before = openFiles();
    for (let i = 0; i < 5; i += 1) {
      kernel.sockets.send(
        client,
        bytes("x"),
        Array.from({ length: 253 }, () => file.number),
      );
    }
    await until("all have come", () => events.length === 5);
    expect(events).toEqual(Array.from({ length: 5 }, () => "descriptors"));
    await until("all are closed", () => openFiles().length === before.length);
    connection.close("sent-away");
    client.close();
  });

  it("keeps what a client does not take, reads nothing more from it, and goes on when it does", async () => {
    const { connection, client, events } = served(kernel);
    let sent = 0;
    while (connection.unsentSince === null) {
      connection.send({ id: sent, ok: false, error: { code: "unknown-token" } }, []);
      sent += 1;
    }
    kernel.sockets.send(client, bytes("later"));
    await turns(20);
    expect(events).toEqual([]);
    const room = new Uint8Array(1024);
    let heard = 0;
    await until("all is heard", () => {
      while (kernel.sockets.receive(client, room, 0) !== null) heard += 1;
      return heard === sent;
    });
    await until("the message is read", () => events.length === 1);
    expect(events).toEqual(["later"]);
    expect(connection.unsentSince).toBeNull();
    connection.close("sent-away");
    client.close();
  });

  it("closes descriptors that were never sent", () => {
    const { connection, own, client } = served(kernel);
    const before = openFiles();
    while (connection.unsentSince === null) {
      connection.send({ id: 1, ok: false, error: { code: "unknown-token" } }, []);
    }
    connection.send({ id: 2, ok: false, error: { code: "unknown-token" } }, [kernel.memfdCreate("kept")]);
    expect(openFiles()).toEqual([...before, "/memfd:kept (deleted)"].sort());
    connection.close("late");
    expect(openFiles()).toEqual(before);
    expect(own.isOpen).toBe(false);
    client.close();
  });

  it("waits for room without turning round and round while too many descriptors are on their way", async () => {
    let refusals = 0;
    const full = kernelWith({
      send: (socket, message, descriptors) => {
        refusals += 1;
        if (refusals <= 2) throw new SystemCallError("sendmsg", null, "ETOOMANYREFS");
        return kernel.sockets.send(socket, message, descriptors);
      },
    });
    const { connection, client } = served(full);
    connection.send({ id: 1, ok: false, error: { code: "unknown-token" } }, []);
    await turns(20);
    expect(refusals).toBe(1);
    connection.retry();
    connection.retry();
    expect(kernel.sockets.receive(client, new Uint8Array(100), 0)).not.toBeNull();
    expect(connection.unsentSince).toBeNull();
    connection.close("sent-away");
    client.close();
  });
});
