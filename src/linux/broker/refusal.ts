import { type Bytes, formatSize } from "../../units/quantity.js";
import { quoted } from "../../units/quote.js";
import { describeSystemCall, type SystemCallFailure } from "../../units/system-call.js";

/** What a quota is about: one connection, all of one user, one heap, or everything the broker hands out. */
export type QuotaScope = "client" | "user" | "heap" | "broker";

/** Why the broker says no. Codes are public and never change meaning; numbers of other users are not among them. */
export type BrokerRefusal =
  // The connection ends after one of these.
  | { readonly code: "malformed"; readonly text: string }
  | { readonly code: "too-long"; readonly most: Bytes }
  | { readonly code: "unexpected-descriptors" }
  | { readonly code: "unsupported-version"; readonly supported: readonly number[] }
  | { readonly code: "not-welcome" }
  | { readonly code: "too-many-clients"; readonly scope: "user" | "broker"; readonly most: number }
  | { readonly code: "shutting-down" }
  // After one of these it goes on.
  | { readonly code: "bad-request"; readonly path: string; readonly text: string }
  | { readonly code: "hello-expected" }
  | { readonly code: "hello-repeated" }
  | { readonly code: "not-allowed"; readonly op: string }
  | { readonly code: "heap-not-allowed"; readonly heap: string }
  | { readonly code: "too-large"; readonly asked: Bytes; readonly most: Bytes }
  | { readonly code: "too-many"; readonly asked: number; readonly most: number }
  | {
      readonly code: "quota-exceeded";
      readonly scope: QuotaScope;
      readonly unit: "buffers" | "bytes";
      readonly asked: number;
      /** What is charged already; null where it would tell of others. */
      readonly used: number | null;
      readonly quota: number;
      readonly heap: string | null;
    }
  | { readonly code: "no-memory"; readonly asked: Bytes; readonly available: Bytes }
  | { readonly code: "out-of-descriptors" }
  | { readonly code: "unplaceable"; readonly text: string }
  | { readonly code: "unknown-buffer"; readonly buffer: number }
  | { readonly code: "unknown-token" }
  | SystemCallFailure;

const FATAL: ReadonlySet<BrokerRefusal["code"]> = new Set([
  "malformed",
  "too-long",
  "unexpected-descriptors",
  "unsupported-version",
  "not-welcome",
  "too-many-clients",
  "shutting-down",
]);

/** Whether the broker ends the connection after it has said so. */
export function endsConnection({ code }: BrokerRefusal): boolean {
  return FATAL.has(code);
}

/** One sentence for people. */
export function explainBrokerRefusal(refusal: BrokerRefusal): string {
  switch (refusal.code) {
    case "malformed":
      return `the broker could not read the message: ${refusal.text}`;
    case "too-long":
      return `the message is longer than the ${refusal.most} bytes that the broker reads`;
    case "unexpected-descriptors":
      return "the message brought descriptors, and no request has any";
    case "unsupported-version":
      return `the broker speaks version ${refusal.supported.join(", ")} of the protocol, and the client does not`;
    case "not-welcome":
      return "no rule of the broker's policy is about this user or its groups";
    case "too-many-clients":
      return `${refusal.scope === "user" ? "this user has" : "the broker has"} ${refusal.most} clients, and no more are let in`;
    case "shutting-down":
      return "the broker is ending";
    case "bad-request":
      return `the request is not understood: ${refusal.path === "" ? "" : `${refusal.path}: `}${refusal.text}`;
    case "hello-expected":
      return "a connection begins with hello";
    case "hello-repeated":
      return "hello was said already";
    case "not-allowed":
      return `the broker's policy does not let this client ask for ${refusal.op}`;
    case "heap-not-allowed":
      return `the buffer would come from ${quoted(refusal.heap)}, which the broker's policy does not give to this client`;
    case "too-large":
      return `a buffer of ${formatSize(refusal.asked)} is asked for, and this client may have ${formatSize(refusal.most)} in one`;
    case "too-many":
      return `${refusal.asked} buffers are asked for at once, and this client may ask for ${refusal.most}`;
    case "quota-exceeded":
      return explainQuota(refusal);
    case "no-memory":
      return `${formatSize(refusal.asked)} are asked for, and this machine has ${formatSize(refusal.available)} to give`;
    case "out-of-descriptors":
      return "the broker has as many files open as it may; try again when buffers were released";
    case "unplaceable":
      return refusal.text;
    case "unknown-buffer":
      return `this client has no buffer ${refusal.buffer}`;
    case "unknown-token":
      return "no buffer is shared by this word, or not any more";
    case "system-call":
      return describeSystemCall(refusal);
  }
}

function explainQuota(refusal: BrokerRefusal & { readonly code: "quota-exceeded" }): string {
  const { unit, asked, used, quota, heap } = refusal;
  const amount = (count: number): string =>
    unit === "bytes" ? formatSize(count) : `${count} ${count === 1 ? "buffer" : "buffers"}`;
  const charged = used === null ? "" : `, ${amount(used)} are charged`;
  return `${amount(asked)} more are asked for${charged}, and ${whose(refusal.scope, heap)} may have ${amount(quota)}`;
}

function whose(scope: QuotaScope, heap: string | null): string {
  switch (scope) {
    case "client":
      return "this client";
    case "user":
      return "all clients of this user";
    case "heap":
      return `all clients in ${quoted(heap ?? "")}`;
    case "broker":
      return "all clients of the broker";
  }
}
