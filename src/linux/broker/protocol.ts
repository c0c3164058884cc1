/**
 * The messages between the broker and its clients: docs/broker.md has the rules, schema/broker-*-1.schema.json the form. A message is one packet of a socket of type
 * SOCK_SEQPACKET: JSON text in UTF-8, and, with an answer only, the descriptors of the buffers it names, in their order.
 */
import type { ImageLayout } from "../../constraints/image-layout.js";
import type { CpuUse } from "../../placement/request.js";
import { type Bytes, KIB } from "../../units/quantity.js";
import type { BrokerRefusal } from "./refusal.js";

/** Versions of the protocol that this code speaks. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

/** Longest request. */
export const LARGEST_REQUEST: Bytes = 16 * KIB;
/** Longest answer. */
export const LARGEST_REPLY: Bytes = 64 * KIB;
/** Most buffers of one request, whatever the policy says: their descriptors have to fit into one message. */
export const MOST_BUFFERS: number = 128;
/** Most entries of one answer that lists. */
export const MOST_LISTED: number = 100;

/** What a client may ask. `id` is the client's own number for the request; the answer repeats it. */
export type BrokerRequest =
  | HelloRequest
  | AllocateRequest
  | ReleaseRequest
  | ShareRequest
  | OpenRequest
  | ListRequest
  | StatsRequest;

/** The first request of a connection: which versions of the protocol the client speaks. */
export interface HelloRequest {
  readonly op: "hello";
  readonly id: number;
  readonly versions: readonly number[];
  /** What the client wants to be called in `coalloc top`. */
  readonly name?: string | undefined;
}

/** Asks for buffers: all of them or none. */
export interface AllocateRequest {
  readonly op: "allocate";
  readonly id: number;
  /** Bytes of one buffer; either this or `image`. */
  readonly size?: Bytes | undefined;
  /** `WIDTHxHEIGHT:FOURCC[:MODIFIER]`. */
  readonly image?: string | undefined;
  /** Devices that use the buffers, by any name, `#QUEUE` behind it where queues differ. Default: none. */
  readonly participants?: readonly string[] | undefined;
  /** Default 1. */
  readonly count?: number | undefined;
  /** Default `rare`. */
  readonly cpu?: CpuUse | undefined;
  /** What the buffers are called in listings. */
  readonly name?: string | undefined;
}

/** Says that the client is done with buffers. It has closed them, or soon will. */
export interface ReleaseRequest {
  readonly op: "release";
  readonly id: number;
  readonly buffers: readonly number[];
}

/** Asks for a secret word by which another client can open a buffer. */
export interface ShareRequest {
  readonly op: "share";
  readonly id: number;
  readonly buffer: number;
}

/** Opens the buffer behind a secret word. */
export interface OpenRequest {
  readonly op: "open";
  readonly id: number;
  readonly token: string;
}

/** Asks for the client's own buffers, in the order of their numbers. */
export interface ListRequest {
  readonly op: "list";
  readonly id: number;
  /** Those with larger numbers than this. Default 0: from the first on. */
  readonly after?: number | undefined;
}

/** Asks about all clients; only those may to whom the policy gives it. */
export interface StatsRequest {
  readonly op: "stats";
  readonly id: number;
  readonly part: "summary" | "clients" | "buffers";
  /** For clients and buffers: those behind this place in the order of the list. Default 0. */
  readonly after?: number | undefined;
}

/** A buffer as it is handed out. */
export interface HandedBuffer {
  /** The client's number for it: 1, 2, ... on each connection. */
  readonly buffer: number;
  /** Bytes, in whole pages. */
  readonly size: Bytes;
  /** Id of the heap it came from. */
  readonly heap: string;
}

/** A buffer in a listing. */
export interface ListedBuffer extends HandedBuffer {
  readonly name: string | null;
  /** The client opened it by a secret word: somebody else is charged for it. */
  readonly opened: boolean;
}

/** What became of a buffer: gone, or held by somebody still, and charged until nobody does. */
export interface ReleasedBuffer {
  readonly buffer: number;
  readonly state: "freed" | "held";
}

/** Buffers and bytes. */
export interface Amount {
  readonly buffers: number;
  readonly bytes: Bytes;
}

/** The broker as a whole. */
export interface BrokerSummary {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  /** Where buffers come from. */
  readonly source: string;
  readonly clients: number;
  /** What is charged now, and may be at most. */
  readonly charged: Amount;
  readonly quota: Amount;
  /** Of it, what nobody answers for any more and somebody still holds. */
  readonly lingering: Amount;
  /** Freed buffers that are kept for use again. */
  readonly recycled: Amount;
  readonly heaps: readonly { readonly heap: string; readonly charged: Amount; readonly quota: Amount | null }[];
  readonly users: readonly { readonly uid: number; readonly charged: Amount; readonly clients: number }[];
  /** Since the start. */
  readonly totals: {
    readonly connections: number;
    readonly requests: number;
    readonly refusals: number;
    readonly disconnected: number;
    readonly allocated: number;
    readonly freed: number;
  };
}

/** One client. */
export interface ClientSummary {
  readonly client: number;
  readonly name: string | null;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Name of the rule of the policy that it falls under. */
  readonly rule: string;
  readonly charged: Amount;
  readonly quota: Amount;
  readonly requests: number;
  readonly refusals: number;
  readonly connectedSeconds: number;
}

/** One buffer that is charged. */
export interface BufferSummary {
  readonly name: string | null;
  readonly size: Bytes;
  readonly heap: string;
  /** Who is charged for it: the client while it is there, its user in any case. */
  readonly client: number | null;
  readonly pid: number;
  readonly uid: number;
  readonly state: "live" | "released" | "orphaned";
  readonly ageSeconds: number;
}

/** What an answer says beside the number of its request. */
export type BrokerAnswer =
  | {
      readonly op: "hello";
      readonly version: number;
      readonly largestRequest: Bytes;
      readonly largestReply: Bytes;
      readonly mostBuffers: number;
    }
  | { readonly op: "allocate"; readonly buffers: readonly HandedBuffer[]; readonly layout: ImageLayout | null }
  | { readonly op: "release"; readonly buffers: readonly ReleasedBuffer[] }
  | { readonly op: "share"; readonly token: string }
  | { readonly op: "open"; readonly buffers: readonly HandedBuffer[] }
  | { readonly op: "list"; readonly buffers: readonly ListedBuffer[]; readonly more: boolean }
  | { readonly op: "stats"; readonly part: "summary"; readonly summary: BrokerSummary }
  | {
      readonly op: "stats";
      readonly part: "clients";
      readonly clients: readonly ClientSummary[];
      readonly more: boolean;
    }
  | {
      readonly op: "stats";
      readonly part: "buffers";
      readonly buffers: readonly BufferSummary[];
      readonly more: boolean;
    };

/** An answer. `id` is null when the request was so wrong that its number is not known. */
export type BrokerReply =
  | { readonly id: number; readonly ok: true; readonly answer: BrokerAnswer }
  | { readonly id: number | null; readonly ok: false; readonly error: BrokerRefusal };
