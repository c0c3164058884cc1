/**
 * What functions and macros of the kernel do that are not read: those of the driver core, of the device tree, of memory, and those that make devices.
 * Linux 6.12; each does here what it does there to what is followed, and nothing else.
 */
import type { MatchEntry } from "../program/drivers.js";
import { deviceFunctions } from "./known-devices.js";
import { matchFunctions } from "./known-match.js";
import type { KnownCall, KnownFunction } from "./run.js";
import { each, eachPair, integer, ONE, pointer, Thing, unknown, type Value, ZERO } from "./values.js";

const pass: KnownFunction = ({ value }) => value(0);
const zero: KnownFunction = (call) => {
  call.arguments.forEach((_, index) => call.value(index));
  return ZERO;
};

/** New memory, all zero. */
const allocate: KnownFunction = (call) => {
  call.arguments.forEach((_, index) => call.value(index));
  return pointer(new Thing(call.name, null, true, true));
};

function numbers(call: KnownCall, apply: (values: readonly bigint[]) => bigint | null): Value {
  const first = call.value(0);
  const second = call.arguments.length > 1 ? call.value(1) : integer(0n);
  return eachPair(first, second, (a, b) => {
    if (a.kind !== "integer" || b.kind !== "integer") return unknown(`${call.name}(${call.texts.join(", ")})`);
    const result = apply([a.value, b.value]);
    if (result === null) return unknown(`${call.name}(${call.texts.join(", ")})`);
    return integer(result, true, true, a.fromMatch || b.fromMatch);
  });
}

const ones = (n: bigint): bigint | null => (n < 1n || n > 64n ? null : (1n << n) - 1n);
const bit = (n: bigint): bigint | null => (n < 0n || n > 63n ? null : 1n << n);

function option(call: KnownCall): Value {
  const name = call.texts[0] ?? "";
  return name.startsWith("CONFIG_") ? call.run.names.option(name) : unknown(`defined(${name})`);
}

function pick(better: (a: bigint, b: bigint) => boolean, from: number): KnownFunction {
  return (call) =>
    eachPair(call.value(from), call.value(from + 1), (a, b) => {
      if (a.kind !== "integer" || b.kind !== "integer") return unknown(`${call.name}(${call.texts.join(", ")})`);
      return better(a.value, b.value) ? a : b;
    });
}

const isError: KnownFunction = ({ value }) => each(value(0), () => ZERO);

const isErrorOrNull: KnownFunction = ({ run, value, texts }) =>
  each(value(0), (one) => {
    const truth = run.truth.truth(one);
    return truth === null ? unknown(`!${texts[0]}`) : truth ? ZERO : ONE;
  });

/** `container_of(pointer, struct, member)`: what the pointer is a field of; where that is not known, the only such struct there is. */
const containerOf: KnownFunction = ({ run, value, texts }) => {
  const inner = value(0);
  const struct = (texts[1] ?? "").replace(/^struct\s+/, "").trim();
  const member = (texts[2] ?? "").trim();
  const last = member.split(".").at(-1) ?? member;
  if (inner.kind === "place" && inner.field === member) return pointer(inner.thing);
  const thing = run.expressions.thingOf(inner);
  let outer = thing;
  for (const part of member.split(".").reverse()) {
    if (outer.within?.field !== part) {
      const held = run.containers.get(thing)?.get(`${struct}.${member}`) ?? run.memory.only(struct);
      const made = held ?? new Thing(`container_of(${thing.text})`, null, true);
      run.memory.know(made, struct);
      const known = run.containers.get(thing) ?? new Map<string, Thing>();
      known.set(`${struct}.${member}`, made);
      run.containers.set(thing, known);
      if (held === null && member === last) run.memory.write(made, member, pointer(thing));
      return pointer(made);
    }
    outer = outer.within.thing;
  }
  run.memory.know(outer, struct);
  return pointer(outer);
};

/** `of_property_read_u32(np, "name", &value)`: whether it is there is not known, nor what it says. */
const readProperty: KnownFunction = (call) => {
  const name = call.value(1);
  const text = `property ${name.kind === "text" ? `"${name.text}"` : (call.texts[1] ?? "")}`;
  call.arguments.forEach((argument, index) => {
    if (index < 2 || argument.kind !== "unary" || argument.operator !== "&") return;
    const place = call.run.expressions.place(argument.operand, call.frame);
    if (place !== null) call.run.memory.write(place.thing, place.field, unknown(text));
  });
  return unknown(`no ${text}`);
};

const hasProperty: KnownFunction = (call) => {
  const name = call.value(1);
  return unknown(`property ${name.kind === "text" ? `"${name.text}"` : (call.texts[1] ?? "")}`);
};

const arraySize: KnownFunction = ({ value }) => {
  const array = value(0);
  const entries = array.kind === "thing" ? array.thing.initialiser?.entries : undefined;
  return entries === undefined ? unknown("ARRAY_SIZE()") : integer(BigInt(entries.length), true, true);
};

function names(list: string, fn: KnownFunction): [string, KnownFunction][] {
  return list.split(" ").map((name) => [name, fn]);
}

const COMMON: readonly (readonly [string, KnownFunction])[] = [
  ...names(
    "kzalloc kmalloc kcalloc kmalloc_array vzalloc kvzalloc kvcalloc kvmalloc devm_kzalloc devm_kcalloc devm_kmalloc devm_kmalloc_array " +
      "kzalloc_node kmem_cache_zalloc kmem_cache_alloc devres_alloc dma_alloc_coherent dmam_alloc_coherent dma_alloc_attrs dmam_alloc_attrs dma_alloc_wc " +
      "dma_pool_create dmam_pool_create dma_pool_alloc dma_pool_zalloc",
    allocate,
  ),
  ...names("kmemdup devm_kmemdup", ({ value, arguments: list }) => value(list.length === 4 ? 1 : 0)),
  ...names(
    "likely unlikely READ_ONCE WARN_ON WARN_ON_ONCE rcu_dereference no_free_ptr get_device of_node_get __force",
    pass,
  ),
  ...names("IS_ERR PTR_ERR PTR_ERR_OR_ZERO IS_ERR_VALUE", isError),
  ["IS_ERR_OR_NULL", isErrorOrNull],
  ...names("IS_ENABLED IS_REACHABLE IS_BUILTIN IS_MODULE defined", option),
  ...names(
    "has_acpi_companion ACPI_COMPANION ACPI_HANDLE is_acpi_device_node is_acpi_node acpi_match_device acpi_device_get_match_data dev_get_platdata " +
      "platform_get_device_id acpi_dev_present dmi_check_system dmi_first_match",
    zero,
  ),
  ["DMA_BIT_MASK", (call) => numbers(call, ([n = 0n]) => ones(n))],
  ["BIT", (call) => numbers(call, ([n = 0n]) => bit(n))],
  ["BIT_ULL", (call) => numbers(call, ([n = 0n]) => bit(n))],
  ...names("GENMASK GENMASK_ULL", (call) =>
    numbers(call, ([high = 0n, low = 0n]) => {
      const [upper, lower] = [ones(high + 1n), low === 0n ? 0n : ones(low)];
      return upper === null || lower === null ? null : upper - lower;
    }),
  ),
  ...names(
    "min umin",
    pick((a, b) => a <= b, 0),
  ),
  ...names(
    "max umax",
    pick((a, b) => a >= b, 0),
  ),
  ["min_t", pick((a, b) => a <= b, 1)],
  ["max_t", pick((a, b) => a >= b, 1)],
  ["ARRAY_SIZE", arraySize],
  ...names("container_of container_of_const list_entry", containerOf),
  ...names(
    "of_property_read_u8 of_property_read_u16 of_property_read_u32 of_property_read_u64 of_property_read_s32 of_property_read_string " +
      "device_property_read_u8 device_property_read_u16 device_property_read_u32 device_property_read_u64 device_property_read_string",
    readProperty,
  ),
  ...names(
    "of_property_read_bool of_property_present of_find_property of_get_property device_property_read_bool device_property_present",
    hasProperty,
  ),
];

/**
 * All known functions, for one run.
 *
 * @param entry - the match entry that the run is for, and the file of its table
 */
export function knownFunctions(entry: MatchEntry, tableFile: string): ReadonlyMap<string, KnownFunction> {
  return new Map([...COMMON, ...matchFunctions(entry, tableFile), ...deviceFunctions()]);
}
