import { describe, expect, it } from "vitest";
import { driverText, factOf, oneDriver } from "./tiny-kernel.js";

/** A driver of a subsystem, with a file of that subsystem's core beside it. */
function withCore(folder: string, probe: string, core: string, coreText: string): Record<string, string> {
  return {
    [`${folder}/Makefile`]: "obj-m += foo.o",
    [`${folder}/foo.c`]: driverText("", probe),
    [core]: coreText,
  };
}

describe("segments of a driver", () => {
  it("are what it sets", () => {
    const fact = factOf(
      oneDriver("", "dma_set_max_seg_size(dev, SZ);\ndma_set_seg_boundary(dev, 0xffff);"),
      "test,one",
    );
    expect(fact.maxSegmentSize.kind).toBe("runtime");
    expect(fact.segmentBoundaryMask).toMatchObject({ kind: "exact", value: "0xffff" });
  });

  it("take the helper of videobuf2 too, and all ones of a size for 32 bits", () => {
    const fact = factOf(oneDriver("", "vb2_dma_contig_set_max_seg_size(dev, DMA_BIT_MASK(32));"), "test,one");
    expect(fact.maxSegmentSize).toMatchObject({ kind: "exact", value: 0xffffffff, setBy: "driver" });
  });

  it("are the kernel's default where nothing is set", () => {
    const { maxSegmentSize, segmentBoundaryMask } = factOf(oneDriver("", ""), "test,one");
    expect([maxSegmentSize, segmentBoundaryMask]).toEqual([
      { kind: "default", setBy: "default" },
      { kind: "default", sources: [] },
    ]);
  });

  it("are overwritten by the MMC core when a card appears", () => {
    const queue = "void mmc_setup_queue(struct mmc_host *h)\n{\n\tdma_set_max_seg_size(mmc_dev(h), 4096);\n}\n";
    const probe = "dma_set_max_seg_size(dev, 512);\nmmc_add_host(host);";
    const fact = factOf(withCore("drivers/mmc/host", probe, "drivers/mmc/core/queue.c", queue), "test,one");
    expect(fact.maxSegmentSize).toEqual({
      kind: "runtime",
      setBy: "mmc-core",
      sources: [{ file: "drivers/mmc/core/queue.c", line: 3 }],
    });
  });

  it("are overwritten by the SCSI core, whose boundary is 4 GiB", () => {
    const scsi = "void scsi_init_limits(void)\n{ dma_set_seg_boundary(dev, x); dma_set_max_seg_size(dev, y); }\n";
    const fact = factOf(
      withCore("drivers/ata", "ata_host_activate(host);", "drivers/scsi/scsi_lib.c", scsi),
      "test,one",
    );
    expect(fact.maxSegmentSize).toMatchObject({ kind: "runtime", setBy: "scsi-core" });
    expect(fact.segmentBoundaryMask).toMatchObject({ kind: "exact", value: "0xffffffff" });
  });
});

describe("what gives up", () => {
  it("is not taken, also at the end of a chain whose tests seem to fail", () => {
    const probe = `struct foo *f = devm_kzalloc(dev, sizeof(*f), GFP_KERNEL);
      if (f->is_a) f->kind = 1; else if (f->is_b) f->kind = 2; else return -EINVAL;
      dma_set_mask(dev, DMA_BIT_MASK(40));`;
    expect(factOf(oneDriver("", probe), "test,one").dmaMask).toMatchObject({ kind: "exact", value: "0xffffffffff" });
  });

  it("is what returns a negative number it has tested", () => {
    const probe =
      "int irq = platform_get_irq(pdev, 0);\nif (irq < 0) return irq;\ndma_set_mask(dev, DMA_BIT_MASK(40));";
    expect(factOf(oneDriver("", probe), "test,one").dmaMask.kind).toBe("exact");
  });

  it("leaves a condition where a probe may end well before its end", () => {
    const probe = 'if (of_property_present(dev->of_node, "test,off")) return 0;\ndma_set_mask(dev, DMA_BIT_MASK(40));';
    expect(factOf(oneDriver("", probe), "test,one").dmaMask).toMatchObject({
      kind: "set",
      candidates: ["0xffffffff", "0xffffffffff"],
      when: ["otherwise", "no property test,off"],
    });
  });
});

describe("a condition", () => {
  it("decides nothing where both sides come to one number", () => {
    const probe = 'if (of_property_present(dev->of_node, "test,x")) dma_set_mask(dev, DMA_BIT_MASK(32));';
    expect(factOf(oneDriver("", probe), "test,one").dmaMask).toMatchObject({ kind: "exact", value: "0xffffffff" });
  });

  it("of the configuration is decided where a 64-bit machine with a device tree decides it", () => {
    const probe = `if (IS_ENABLED(CONFIG_ARCH_DMA_ADDR_T_64BIT)) dma_set_mask(dev, DMA_BIT_MASK(64));
#ifdef CONFIG_ACPI
      dma_set_mask(dev, DMA_BIT_MASK(33));
#endif`;
    expect(factOf(oneDriver("", probe), "test,one").dmaMask).toMatchObject({
      kind: "exact",
      value: "0xffffffffffffffff",
    });
  });
});

describe("an aggregate", () => {
  it("is named by the blocks that join it and set nothing", () => {
    const bind = (name: string): string =>
      `static int ${name}_bind(struct device *dev) { return 0; }\nstatic const struct component_ops ${name}_ops = { .bind = ${name}_bind };`;
    const block = driverText(bind("block"), "return component_add(dev, &block_ops);").replaceAll("test,", "block,");
    const master = driverText(bind("master"), "return component_master_add_with_match(dev, &master_ops, match);");
    const files = {
      "drivers/gpu/drm/foo/Makefile": "obj-m += foo.o\nfoo-y := block.o master.o",
      "drivers/gpu/drm/foo/block.c": block,
      "drivers/gpu/drm/foo/master.c": master,
    };
    const fact = factOf(files, "block,one");
    expect([fact.appliesTo, fact.confidence]).toEqual([{ aggregate: ["test,one", "test,two"] }, "E"]);
    expect(factOf(files, "test,one").appliesTo).toBe("self");
  });

  it("is not everything that reaches the core of DRM", () => {
    const files = {
      "drivers/gpu/drm/foo/Makefile": "obj-m += foo.o",
      "drivers/gpu/drm/foo/foo.c": driverText("", "return drm_dev_register(drm, 0);"),
      "drivers/gpu/drm/drm_drv.c":
        "int drm_dev_register(struct drm_device *drm) { return sysfs(drm); }\nEXPORT_SYMBOL(drm_dev_register);\nint sysfs(void *x) { dma_set_mask(x, 1); return component_add(x, 0); }",
    };
    const fact = factOf(files, "test,one");
    expect([fact.confidence, fact.dmaMask.kind]).toEqual(["D", "default"]);
  });
});
