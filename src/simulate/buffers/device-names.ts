import type { Machine } from "../../machine/machine.js";
import { explainName, type NamedDevice, resolveDevice } from "../../machine/names.js";

/** Devices of a machine by the names that programs give them, looked for once each. */
export class DeviceNames {
  readonly #machine: Machine;
  readonly #found: Map<string, NamedDevice> = new Map();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The device a name means. @throws RangeError, with the refusal as its cause, for a name that leads to none, or to several */
  resolve(name: string): NamedDevice {
    let named = this.#found.get(name);
    if (named === undefined) {
      const result = resolveDevice(this.#machine, name);
      if (!result.ok) throw new RangeError(explainName(result.refusal), { cause: result.refusal });
      named = result.value;
      this.#found.set(name, named);
    }
    return named;
  }
}
