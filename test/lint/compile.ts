import { execFileSync, spawnSync } from "node:child_process";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { type Board, readBoard } from "../../src/lint/board.js";
import { bootStateOf, readBootFile } from "../../src/lint/boot-file.js";
import type { RuleExample } from "../../src/lint/rule.js";
import { applyConfig, EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import type { BootState, MachineOptions } from "../../src/machine/read.js";
import { describeFieldRefusal } from "../../src/units/yaml-fields.js";

/** Whether there is a compiler for device tree source. */
export const hasCompiler: boolean = spawnSync("dtc", ["--version"]).status === 0;

/** Compiles device tree source, labels kept. */
export function compile(source: string): DeviceTree {
  const bytes = execFileSync("dtc", ["-@", "-q", "-I", "dts", "-O", "dtb", "-"], { input: source });
  return readDeviceTree(new Uint8Array(bytes));
}

/** The whole source of an example. */
export function exampleSource({ dts, memreserve = "" }: RuleExample): string {
  const memory = /^\s*memory(@\w+)?\s*\{/m.test(dts)
    ? ""
    : 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };';
  return `/dts-v1/;
${memreserve}
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	compatible = "vendor,board";
	model = "board of an example";
	cpus {
		#address-cells = <1>;
		#size-cells = <0>;
		cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; };
	};
	${memory}
	${dts}
};
`;
}

/** The options of an example's board, with another tree where one is given. */
export function exampleOptions(example: RuleExample, facts: FactBase, tree?: DeviceTree): MachineOptions {
  return {
    tree: tree ?? compile(exampleSource(example)),
    facts,
    profile: example.config === undefined ? EMBEDDED_6_12 : applyConfig(EMBEDDED_6_12, example.config),
    cmdline: example.cmdline ?? null,
    bootState: example.boot === undefined ? null : bootStateAt(example.boot),
  };
}

/** The start that the text of a boot file states. */
export function bootStateAt(text: string): BootState {
  const read = readBootFile(text);
  if (!read.ok) throw new Error(describeFieldRefusal(read.refusal));
  return bootStateOf(read.value);
}

/** The board of an example. */
export function exampleBoard(example: RuleExample, facts: FactBase, tree?: DeviceTree): Board {
  return readBoard(exampleOptions(example, facts, tree));
}
