import { readBrokerReply, readBrokerRequest } from "../../../src/linux/broker/message.js";
import { LARGEST_REQUEST, MOST_BUFFERS } from "../../../src/linux/broker/protocol.js";
import { explainBrokerRefusal } from "../../../src/linux/broker/refusal.js";
import type { Mutation } from "../mutate.js";
import { jsonMutation } from "../mutate-json.js";

/**
 * Reads bytes as a request to the broker, and as an answer of one.
 *
 * @throws when a request is accepted that cannot be served, or refused with more than one line
 */
export function run(data: Uint8Array): void {
  readBrokerReply(data);
  const read = readBrokerRequest(data);
  if (!read.ok) {
    const sentence = explainBrokerRefusal(read.refusal.refusal);
    if (sentence === "" || /[\p{Cc}\u2028\u2029]/u.test(sentence) || sentence.length > 1000) {
      throw new Error(`no sentence of one line: ${JSON.stringify(sentence)}`);
    }
    return;
  }
  const request = read.value;
  if (data.length > LARGEST_REQUEST) throw new Error(`${data.length} bytes were accepted`);
  const numbers = [request.id];
  if (request.op === "allocate") {
    if ((request.size === undefined) === (request.image === undefined))
      throw new Error("both or neither of size and image");
    numbers.push(request.size ?? 1, request.count ?? 1);
    if ((request.count ?? 1) > MOST_BUFFERS) throw new Error(`${request.count} buffers`);
  }
  if (request.op === "release") numbers.push(...request.buffers);
  for (const number of numbers) {
    if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${number} is no whole number from 0 on`);
  }
  const again = readBrokerRequest(new TextEncoder().encode(JSON.stringify(request)));
  if (!again.ok) throw new Error(`what was accepted is refused when it is written again: ${JSON.stringify(again)}`);
}

const text = (document: object): Uint8Array => new TextEncoder().encode(JSON.stringify(document));

/** Valid requests, and answers, to start from. */
export const seeds: Uint8Array[] = [
  text({ op: "hello", id: 0, versions: [1], name: "camera" }),
  text({ op: "allocate", id: 1, size: 4096, participants: ["/dev/video0"], count: 4, cpu: "often", name: "preview" }),
  text({ op: "allocate", id: 2, image: "1920x1080:NV12" }),
  text({ op: "release", id: 3, buffers: [1, 2] }),
  text({ op: "share", id: 4, buffer: 1 }),
  text({ op: "open", id: 5, token: "0123456789abcdef0123456789abcdef" }),
  text({ op: "list", id: 6, after: 100 }),
  text({ op: "stats", id: 7, part: "buffers", after: 0 }),
  text({
    id: 1,
    ok: true,
    answer: { op: "allocate", buffers: [{ buffer: 1, size: 4096, heap: "memfd" }], layout: null },
  }),
  text({ id: null, ok: false, error: { code: "malformed", text: "no JSON" } }),
];

export const mutation: Mutation = jsonMutation([
  "hello",
  "allocate",
  "release",
  "share",
  "open",
  "list",
  "stats",
  "summary",
  "clients",
  "buffers",
  "none",
  "rare",
  "often",
  "0123456789abcdef0123456789abcdef",
  "1920x1080:NV12",
]);
