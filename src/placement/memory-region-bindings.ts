import type { Machine } from "../machine/machine.js";

/**
 * Devices whose driver asks for its `memory-region`, and whose binding allows no property that it does not list, which it does not.
 *
 * @see Linux 6.12 `Documentation/devicetree/bindings/display/allwinner,sun4i-a10-display-engine.yaml`, `display/xlnx/xlnx,zynqmp-dpsub.yaml`
 */
const NOT_LISTED = /^(allwinner,sun\d+i-[a-z0-9]+-display-engine|xlnx,zynqmp-dpsub-1\.7)$/;

/** What dt-schema will say of nodes that get a `memory-region`, as the end of a sentence; empty where it says nothing. */
export function schemaComplaint({ devices }: Machine, bind: readonly string[]): string {
  const unlisted = bind.filter((path) =>
    devices.some((device) => device.path === path && device.compatible.some((each) => NOT_LISTED.test(each))),
  );
  if (unlisted.length === 0) return "";
  return `; the binding of ${unlisted.join(" and ")} does not list that property, so dt-schema complains, but the driver takes it`;
}
