/** The list of the kernel's messages about memory for devices, and that recognisers know what it says they know. */
import { describe, expect, it } from "vitest";
import { KERNEL_RECOGNISERS } from "../../../src/explain/kernel/kernel-recognisers.js";
import { messageOf } from "../../../src/explain/line-prefix.js";
import { explained } from "../read-log.js";
import { linesOf, readMessages } from "./read-messages.js";

const files = readMessages();

describe("messages of the kernel about memory for devices", () => {
  it("are listed once for each file, most of them known", () => {
    for (const { file, known = [], unknown = [] } of files) {
      const all = [...known.map(({ message }) => message), ...unknown.flatMap(({ messages }) => messages)];
      expect(new Set(all).size, file).toBe(all.length);
    }
    const known = files.flatMap((file) => file.known ?? []);
    expect(known.length).toBeGreaterThan(150);
  });

  for (const { file, known = [] } of files) {
    for (const { message, line, id, says } of known) {
      it(`${file}: ${line}`, () => {
        expect(line).toMatch(linesOf(message));
        const text = messageOf(line);
        const recogniser = KERNEL_RECOGNISERS.find(
          (one) => text.includes(one.hint) && one.recognise({ text, raw: line, number: 1 }) !== null,
        );
        expect(recogniser?.id).toBe(id);
        const { findings } = explained(line);
        const [{ cause, proof, why, fix, next, remedies, numbers }] = findings as [(typeof findings)[number]];
        const words = [cause, proof, why, fix, ...remedies.map(({ commandLine, config }) => commandLine ?? config)];
        expect([...words, ...Object.values(numbers)].join("\n")).toContain(says);
        expect(next).not.toEqual([]);
      });
    }
  }
});

describe("a format of printk", () => {
  it("makes the lines it can make, and no others", () => {
    expect("Reserved 64 MiB at 0x38000000 on node -1").toMatch(linesOf("Reserved %ld MiB at %pa on node %d"));
    expect("Reserved x MiB at 0x38000000 on node -1").not.toMatch(linesOf("Reserved %ld MiB at %pa on node %d"));
    expect("overflow (mask ffffffff)").toMatch(linesOf("overflow (mask %llx)"));
    expect("node(/soc) pool GFP_DMA 50%").toMatch(linesOf("node(%pOF) pool %pGg %d%%"));
  });
});
