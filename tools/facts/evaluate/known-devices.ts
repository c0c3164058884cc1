/** Functions that make devices, find them, and tie structs of subsystems to the device they belong to. */
import type { KnownCall, KnownFunction } from "./run.js";
import { type DeviceIdentity, ONE, pointer, Thing, unknown, type Value, ZERO } from "./values.js";

/** A platform device whose `dev` is the device named. */
function platformDevice(call: KnownCall, identity: DeviceIdentity): Value {
  const outer = new Thing(call.name, null, true, true);
  const inner = new Thing(`${call.name}->dev`, { thing: outer, field: "dev" }, true, true);
  inner.device = identity;
  outer.fields.set("dev", pointer(inner));
  return pointer(outer);
}

function node(identity: DeviceIdentity, text: string): Value {
  const thing = new Thing(text, null, true);
  thing.node = identity;
  return pointer(thing);
}

/** A new struct of a subsystem with the device it serves in one of its fields. */
function holding(device: number, field: string, more: readonly string[] = []): KnownFunction {
  return (call) => {
    call.arguments.forEach((_, index) => call.value(index));
    const thing = new Thing(call.name, null, true, true);
    const path = field.split(".");
    let holder = thing;
    for (const step of path.slice(0, -1)) holder = call.run.expressions.thingOf(call.run.fields.read(holder, step));
    holder.fields.set(path.at(-1) ?? field, call.value(device));
    for (const inside of more) {
      const own = new Thing(`${call.name}->${inside}`, { thing, field: inside }, true, true);
      thing.fields.set(inside, pointer(own));
    }
    return pointer(thing);
  };
}

/** Stores a device in a field of a struct the driver owns: `v4l2_device_register(dev, v4l2_dev)`. */
function ties(device: number, struct: number, field: string): KnownFunction {
  return (call) => {
    call.run.memory.write(call.thing(struct), field, call.value(device));
    return ZERO;
  };
}

/** Reads back what {@link holding} has made room for. */
function inside(field: string): KnownFunction {
  return (call) => call.run.fields.read(call.thing(0), field);
}

/** The device's own word for its driver's struct; both the platform device and its `dev` lead there. */
function driverData(call: KnownCall): Thing {
  const thing = call.thing(0);
  if (thing.device !== null) return thing;
  const dev = thing.fields.get("dev");
  return dev?.kind === "thing" ? dev.thing : thing;
}

const setData: KnownFunction = (call) => {
  call.run.memory.write(driverData(call), "driver_data", call.value(1));
  return ZERO;
};

const getData: KnownFunction = (call) => {
  const thing = driverData(call);
  return thing.fields.get("driver_data") ?? (thing.device?.kind === "self" ? unknown("driver data") : undefined);
};

/** `devm_drm_dev_alloc(dev, driver, struct, member)`: a struct of the driver with a drm_device in it. */
const drmAlloc: KnownFunction = (call) => {
  call.arguments.forEach((_, index) => call.value(index));
  const outer = new Thing(call.name, null, true, true);
  const struct = (call.texts[2] ?? "").replace(/^struct\s+/, "").trim();
  call.run.memory.know(outer, struct);
  const member = (call.texts[3] ?? "").trim();
  const drm = new Thing("drm", { thing: outer, field: member }, true, true);
  call.run.memory.know(drm, "drm_device");
  drm.fields.set("dev", call.value(0));
  outer.fields.set(member, pointer(drm));
  return pointer(outer);
};

const drmInit: KnownFunction = (call) => {
  const drm = call.thing(0);
  call.run.memory.know(drm, "drm_device");
  call.run.memory.write(drm, "dev", call.value(2));
  return ZERO;
};

/** `usb_create_hcd(driver, dev, name)` and the form with a device for DMA apart. */
const createHcd: KnownFunction = (call) => {
  const apart = call.name === "__usb_create_hcd";
  const hcd = new Thing("hcd", null, true, true);
  call.run.memory.know(hcd, "usb_hcd");
  const self = new Thing("hcd->self", { thing: hcd, field: "self" }, true, true);
  self.fields.set("sysdev", call.value(1));
  self.fields.set("controller", call.value(apart ? 2 : 1));
  hcd.fields.set("self", pointer(self));
  hcd.fields.set("driver", call.value(0));
  return pointer(hcd);
};

/** Runs a component's callback: it comes when all components are there. */
function bind(call: KnownCall, ops: Value, aggregate: boolean): void {
  const callback = call.run.fields.read(call.run.expressions.thingOf(ops), "bind");
  if (callback.kind !== "function") return;
  const dev = call.value(0);
  if (aggregate) {
    call.run.calls.call(callback.fn, [dev]);
    return;
  }
  const master = new Thing("master", null, true);
  master.device = { kind: "aggregate" };
  const data = new Thing("master data", null, true);
  data.fields.set("dev", pointer(master));
  call.run.calls.call(callback.fn, [dev, pointer(master), pointer(data)]);
}

const componentAdd: KnownFunction = (call) => {
  if (call.thing(0).device?.kind === "self") call.run.components.push("component");
  bind(call, call.value(1), false);
  return ZERO;
};

const componentMaster: KnownFunction = (call) => {
  if (call.thing(0).device?.kind === "self") call.run.components.push("aggregate");
  bind(call, call.value(call.name === "drm_of_component_probe" ? 2 : 1), true);
  return ZERO;
};

const deviceOfNode: KnownFunction = (call) => {
  const identity = call.thing(0).node ?? { kind: "other" as const, detail: call.texts[0] ?? "" };
  return platformDevice(call, identity);
};

const phandle: KnownFunction = (call) => {
  const property = call.value(1);
  const detail = property.kind === "text" ? property.text : (call.texts[1] ?? "");
  return node({ kind: "phandle", detail }, `node of ${detail}`);
};

const created: KnownFunction = (call) => {
  call.arguments.forEach((_, index) => call.value(index));
  return platformDevice(call, { kind: "created" });
};

/** The functions, by name. */
export function deviceFunctions(): [string, KnownFunction][] {
  const list = (names: string, fn: KnownFunction): [string, KnownFunction][] =>
    names.split(" ").map((name) => [name, fn]);
  return [
    ...list("platform_set_drvdata dev_set_drvdata", setData),
    ...list("platform_get_drvdata dev_get_drvdata", getData),
    ...list("of_parse_phandle of_parse_phandle_with_args", phandle),
    ["of_find_device_by_node", deviceOfNode],
    [
      "of_get_parent",
      (call) => (call.thing(0).node?.kind === "self" ? node({ kind: "parent" }, "parent node") : undefined),
    ],
    ...list(
      "platform_device_alloc platform_device_register_full platform_device_register_simple platform_device_register_data " +
        "platform_device_register_resndata of_platform_device_create",
      created,
    ),
    ["dev_of_node", (call) => call.run.fields.read(call.thing(0), "of_node")],
    ["v4l2_device_register", ties(0, 1, "dev")],
    ["drm_dev_alloc", holding(1, "dev")],
    ["drm_dev_init", drmInit],
    ["devm_drm_dev_alloc", drmAlloc],
    ...list("mmc_alloc_host devm_mmc_alloc_host", (call) =>
      holding(call.name.startsWith("devm") ? 0 : 1, "parent", ["private"])(call),
    ),
    ["mmc_priv", inside("private")],
    ...list(
      "spi_alloc_host spi_alloc_target devm_spi_alloc_host devm_spi_alloc_target __spi_alloc_controller",
      holding(0, "dev.parent", ["devdata"]),
    ),
    ["spi_controller_get_devdata", inside("devdata")],
    [
      "spi_controller_set_devdata",
      (call) => {
        call.run.memory.write(call.thing(0), "devdata", call.value(1));
        return ZERO;
      },
    ],
    ...list("usb_create_hcd __usb_create_hcd", createHcd),
    ["usb_hcd_is_primary_hcd", () => ONE],
    // The second half of a host: callbacks are given the first.
    ["usb_create_shared_hcd", (call) => call.value(4)],
    ...list(
      "alloc_etherdev alloc_etherdev_mq alloc_etherdev_mqs devm_alloc_etherdev devm_alloc_etherdev_mqs alloc_netdev_mqs alloc_candev",
      () => {
        const thing = new Thing("ndev", null, true, true);
        thing.fields.set("private", pointer(new Thing("netdev_priv()", { thing, field: "private" }, true, true)));
        return pointer(thing);
      },
    ),
    ["netdev_priv", inside("private")],
    [
      "SET_NETDEV_DEV",
      (call) => {
        const dev = call.run.expressions.thingOf(call.run.fields.read(call.thing(0), "dev"));
        call.run.memory.write(dev, "parent", call.value(1));
        return ZERO;
      },
    ],
    ...list("component_add component_add_typed", componentAdd),
    ...list("component_master_add_with_match drm_of_component_probe", componentMaster),
  ];
}
