import { describe, expect, it } from "vitest";
import { driverText, factOf, factsOf } from "./tiny-kernel.js";

/** `drivers/usb/foo.c`, which maps and allocates nothing itself. */
function quiet(before: string, probe: string, data?: readonly [string, string]): Record<string, string> {
  return {
    "drivers/usb/Makefile": "obj-m += foo.o bar.o",
    "drivers/usb/foo.c": driverText(before, probe, data).replace(/\tdma_alloc_coherent.*\n/, ""),
  };
}

/** A driver for devices called `bar`, which no tree names. */
const bar = (name: string, probe: string): string => `
#define BAR_NAME "bar"
static const char bar_name[] = BAR_NAME;
static int bar_probe(struct platform_device *pdev)
{
	${probe}
}
static struct platform_driver bar_driver = { .probe = bar_probe, .driver = { .name = ${name} } };
`;

const made = 'struct platform_device *bar = platform_device_alloc("bar", 0);\nplatform_device_add(bar);';
const maps = "void *p = dma_map_single(pdev->dev.parent, x, 64, DMA_TO_DEVICE);\nreturn 0;";

describe("a driver without DMA", () => {
  it("has no fact", () => {
    expect(factsOf(quiet("", "")).size).toBe(0);
  });

  it("has none by a function of match data of another compatible", () => {
    const before = `static int with_dma(struct device *dev) { chan = dma_request_chan(dev, "rx"); return 0; }
      static int without(struct device *dev) { return 0; }`;
    const probe = "int (*init)(struct device *) = device_get_match_data(dev);\ninit(dev);";
    const facts = factsOf(quiet(before, probe, ["with_dma", "without"]));
    expect(facts.get("test,one")?.[0]).toMatchObject({ slaveDma: true, appliesTo: "dma-channel", confidence: "D" });
    expect(facts.has("test,two")).toBe(false);
  });
});

describe("what only match data leads to", () => {
  it("is followed, through the operations it holds", () => {
    const steps = "writel(0, base);\n".repeat(500);
    const before = `static int wide(struct device *dev)
      {
      ${steps} dma_set_mask(dev, DMA_BIT_MASK(36)); ptr = dma_alloc_coherent(dev, 64, NULL, 0);
      return 0;
      }
      static const struct foo_ops ops = { .init = wide };
      static const struct foo_data one = { .ops = &ops }, two = { };`;
    const probe = "const struct foo_data *d = device_get_match_data(dev);\nif (d->ops) d->ops->init(dev);";
    const files = quiet(before, probe, ["&one", "&two"]);
    expect(factOf(files, "test,one").dmaMask).toMatchObject({ kind: "variant", value: "0xfffffffff" });
    expect(factsOf(files).has("test,two")).toBe(false);
  });
});

describe("a device that others map for", () => {
  it.each([
    "dma_async_device_register(&foo->engine)",
    "dmaenginem_async_device_register(&foo->engine)",
    "foo->epc = devm_pci_epc_create(dev, &foo_epc_ops)",
  ])("does DMA: %s", (registers) => {
    const fact = factOf(quiet("", `${registers};`), "test,one");
    expect(fact).toMatchObject({ appliesTo: "self", slaveDma: false, dmaMask: { kind: "default" }, confidence: "D" });
  });
});

describe("a driver that leaves the work to a device it makes", () => {
  it.each(['"bar"', "BAR_NAME", "bar_name"])("does DMA where the driver of that name (%s) does", (name) => {
    const files = { ...quiet("", made), "drivers/usb/bar.c": bar(name, maps) };
    const fact = factOf(files, "test,one");
    expect(fact).toMatchObject({ dmaMask: { kind: "default" }, confidence: "D" });
    expect(fact.note).toBe("DMA is done by the driver of bar, a device that this one's driver makes.");
  });

  it("has unknown masks where that driver sets some", () => {
    const files = {
      ...quiet("", made),
      "drivers/usb/bar.c": bar('"bar"', `dma_set_mask(pdev->dev.parent, DMA_BIT_MASK(64));\n${maps}`),
    };
    const fact = factOf(files, "test,one");
    expect([fact.dmaMask.kind, fact.coherentDmaMask.kind, fact.confidence]).toEqual(["unknown", "unknown", "E"]);
    expect(fact.dmaMask.sources).toEqual([{ file: "drivers/usb/bar.c", line: 4 }]);
  });

  it("has no fact where that driver does none, or has another name", () => {
    expect(factsOf({ ...quiet("", made), "drivers/usb/bar.c": bar('"bar"', "return 0;") }).size).toBe(0);
    expect(factsOf({ ...quiet("", made), "drivers/usb/bar.c": bar('"baz"', maps) }).size).toBe(0);
  });
});

describe("a driver of PCI devices whose nodes it looks up", () => {
  const pci = (table: string): Record<string, string> => ({
    "drivers/pci/probe.c":
      "void pci_device_add(struct pci_dev *dev)\n{\n\tdma_set_max_seg_size(&dev->dev, 65536);\n\tdma_set_seg_boundary(&dev->dev, 0xffffffff);\n}\n",
    "drivers/net/wifi.c": `
static const struct of_device_id wifi_nodes[] = { ${table}, { } };
static int wifi_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	if (!of_match_node(wifi_nodes, pdev->dev.of_node)) return -EINVAL;
	dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(36));
	ring = dma_alloc_coherent(&pdev->dev, 64, NULL, 0);
	return 0;
}
static struct pci_driver wifi_driver = { .name = "wifi", .id_table = wifi_ids, .probe = wifi_probe };
`,
  });

  it("is known by the name of such nodes, with what the PCI core has set before", () => {
    expect(factOf(pci('{ .compatible = "pci1b4b,2b42" }'), "pci1b4b,2b42")).toMatchObject({
      dmaMask: { kind: "exact", value: "0xfffffffff" },
      maxSegmentSize: {
        kind: "exact",
        value: 65536,
        setBy: "pci-core",
        sources: [{ file: "drivers/pci/probe.c", line: 3 }],
      },
      segmentBoundaryMask: { kind: "exact", value: "0xffffffff", sources: [{ file: "drivers/pci/probe.c", line: 4 }] },
      confidence: "A",
    });
  });

  it("is not taken for the driver of something else it looks for", () => {
    expect(factsOf(pci('{ .compatible = "test,power" }')).size).toBe(0);
  });
});
