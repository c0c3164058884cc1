import type { DeviceFact } from "../../src/facts/fact.js";
import { type Grammar, loadGrammar } from "../../tools/facts/c/grammar.js";
import { driverFiles, extractFiles } from "../../tools/facts/extract.js";
import { KernelSource } from "../../tools/facts/program/kernel-source.js";
import { sourceTreeOf } from "../../tools/facts/source/source-tree.js";

const grammar: Grammar = await loadGrammar();

/** A kernel of a few files, with a Makefile that says 6.12. */
export function tinyKernel(files: Readonly<Record<string, string>>): KernelSource {
  return new KernelSource(
    sourceTreeOf({ Makefile: "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 9\n", ...files }),
    grammar,
  );
}

/** The facts of a tiny kernel by compatible; rivals in the order of their files. */
export function factsOf(files: Readonly<Record<string, string>>): Map<string, DeviceFact[]> {
  const source = tinyKernel(files);
  const facts = new Map<string, DeviceFact[]>();
  for (const paths of driverFiles(source, ["drivers", "sound"]).values()) {
    for (const fact of extractFiles(source, paths).facts) {
      const name = "compatible" in fact.match ? fact.match.compatible : "";
      facts.set(name, [...(facts.get(name) ?? []), fact]);
    }
  }
  return facts;
}

/** The first fact of a compatible. */
export function factOf(files: Readonly<Record<string, string>>, compatible: string): DeviceFact {
  const [fact] = factsOf(files).get(compatible) ?? [];
  if (fact === undefined) throw new Error(`no fact for ${compatible}`);
  return fact;
}

/**
 * A driver for two compatibles, `test,one` and `test,two`, which allocates DMA memory.
 *
 * @param before - text before probe
 * @param probe - statements of probe, behind `struct device *dev`
 * @param data - match data of the two, as C
 */
export function driverText(before: string, probe: string, data: readonly [string, string] = ["NULL", "NULL"]): string {
  return `
${before}
static int foo_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	int ret;
${probe}
	dma_alloc_coherent(dev, 4096, NULL, GFP_KERNEL);
	return 0;
}
static const struct of_device_id foo_match[] = {
	{ .compatible = "test,one", .data = ${data[0]} },
	{ .compatible = "test,two", .data = ${data[1]} },
	{ }
};
MODULE_DEVICE_TABLE(of, foo_match);
static struct platform_driver foo_driver = {
	.probe = foo_probe,
	.driver = { .name = "foo", .of_match_table = foo_match },
};
module_platform_driver(foo_driver);
`;
}

/** A kernel with one driver, `drivers/net/foo.c`. */
export function oneDriver(before: string, probe: string, data?: readonly [string, string]): Record<string, string> {
  return {
    "drivers/net/Makefile": "obj-$(CONFIG_FOO) += foo.o\n",
    "drivers/net/foo.c": driverText(before, probe, data),
  };
}
