import type { Known } from "./device-values.js";
import type { Assumption, AssumptionCode, Provenance } from "./machine.js";

/** What is written down about one device while it is described: where each field comes from, and what was assumed. */
export class DeviceLedger {
  readonly provenance: Record<string, Provenance> = {};
  readonly assumptions: Assumption[] = [];
  readonly #device: string;

  /** @param device - its path */
  constructor(device: string) {
    this.#device = device;
  }

  assume(code: AssumptionCode, field: string, source: string | null, condition: string | null = null): void {
    const what = { code, device: this.#device, field, source };
    this.assumptions.push(condition === null ? what : { ...what, condition });
  }

  /** Writes down where a value comes from and what it rests on. */
  note<T>(field: string, known: Known<T>): T {
    this.provenance[field] = known.provenance;
    if (known.assumed !== null) this.assume(known.assumed.code, field, known.assumed.source, known.assumed.condition);
    return known.value;
  }
}
