import { accepted, type Result } from "../../units/result.js";
import type { BrokerConnection, BrokerFailure } from "./client.js";
import type { BrokerSummary, BufferSummary, ClientSummary } from "./protocol.js";

/** What `coalloc top --json` prints: `coalloc/top/1`. Lists that change while they are read may have an entry twice or miss one. */
export interface TopDocument {
  readonly schema: "coalloc/top/1";
  readonly broker: BrokerSummary;
  /** The largest by what is charged first; then by number. */
  readonly clients: readonly ClientSummary[];
  /** The largest first, then the oldest; at most {@link MOST_SHOWN}, the number of all is in `broker`. */
  readonly buffers: readonly BufferSummary[];
}

/** Buffers in a document. */
export const MOST_SHOWN = 1000;

/** Asks a broker for everything it lets this process see. */
export async function askTop(broker: BrokerConnection): Promise<Result<TopDocument, BrokerFailure>> {
  const summary = await broker.ask({ op: "stats", part: "summary" });
  if (!summary.ok) return summary;
  const clients: ClientSummary[] = [];
  for (let more = true; more; ) {
    const page = await broker.ask({ op: "stats", part: "clients", after: clients.length });
    if (!page.ok) return page;
    if (page.value.part !== "clients") break;
    clients.push(...page.value.clients);
    more = page.value.more;
  }
  const buffers: BufferSummary[] = [];
  for (let more = true; more && buffers.length < MOST_SHOWN; ) {
    const page = await broker.ask({ op: "stats", part: "buffers", after: buffers.length });
    if (!page.ok) return page;
    if (page.value.part !== "buffers") break;
    buffers.push(...page.value.buffers);
    more = page.value.more;
  }
  if (summary.value.part !== "summary") throw new RangeError("a broker that answers another question");
  clients.sort((a, b) => b.charged.bytes - a.charged.bytes || a.client - b.client);
  buffers.sort((a, b) => b.size - a.size || b.ageSeconds - a.ageSeconds);
  return accepted({ schema: "coalloc/top/1", broker: summary.value.summary, clients, buffers });
}
