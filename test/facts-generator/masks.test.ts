import { describe, expect, it } from "vitest";
import { driverText, factOf, factsOf, oneDriver } from "./tiny-kernel.js";

describe("masks of a driver", () => {
  it("are exact where a constant is set", () => {
    const fact = factOf(
      oneDriver("", "ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(40));\nif (ret) return ret;"),
      "test,one",
    );
    expect(fact.dmaMask).toEqual({
      kind: "exact",
      value: "0xffffffffff",
      sources: [{ file: "drivers/net/foo.c", line: 7 }],
    });
    expect(fact.coherentDmaMask).toEqual(fact.dmaMask);
    expect([fact.confidence, fact.driver.module, fact.driver.line, fact.driver.kernel]).toEqual([
      "A",
      "foo",
      13,
      "6.12",
    ]);
  });

  it("are the kernel's default where nothing is set, and the driver does DMA", () => {
    const fact = factOf(oneDriver("", ""), "test,one");
    expect([fact.dmaMask.kind, fact.coherentDmaMask.kind, fact.confidence]).toEqual(["default", "default", "D"]);
  });

  it("take the first value of a try with a fallback", () => {
    const probe = `ret = dma_set_mask(dev, DMA_BIT_MASK(64));
      if (ret) { ret = dma_set_mask(dev, DMA_BIT_MASK(32)); if (ret) return ret; }`;
    expect(factOf(oneDriver("", probe), "test,one").dmaMask).toMatchObject({
      kind: "exact",
      value: "0xffffffffffffffff",
    });
    const other = "if (dma_set_mask(dev, DMA_BIT_MASK(64)) && dma_set_mask(dev, DMA_BIT_MASK(32))) return -EIO;";
    expect(factOf(oneDriver("", other), "test,one").dmaMask).toMatchObject({
      kind: "exact",
      value: "0xffffffffffffffff",
    });
  });

  it("take the last of several calls", () => {
    const fact = factOf(
      oneDriver("", "dma_set_mask(dev, DMA_BIT_MASK(64));\ndma_set_mask(dev, DMA_BIT_MASK(36));"),
      "test,one",
    );
    expect(fact.dmaMask).toMatchObject({ kind: "exact", value: "0xfffffffff" });
  });

  it("keep streaming and coherent apart", () => {
    const fact = factOf(
      oneDriver("", "dma_set_mask(dev, DMA_BIT_MASK(40));\ndma_set_coherent_mask(dev, 0xffffff);"),
      "test,one",
    );
    expect([fact.dmaMask.value, fact.coherentDmaMask.value]).toEqual(["0xffffffffff", "0xffffff"]);
  });

  it("take constants of headers, and an int of all ones extended to 64", () => {
    const files = {
      ...oneDriver('#include "foo.h"\n', "dma_set_mask(dev, FOO_MASK);\ndma_set_coherent_mask(dev, ~0);"),
      "drivers/net/foo.h": "#define FOO_BITS 34\n#define FOO_MASK DMA_BIT_MASK(FOO_BITS)\n",
    };
    const fact = factOf(files, "test,one");
    expect([fact.dmaMask.value, fact.coherentDmaMask.value]).toEqual(["0x3ffffffff", "0xffffffffffffffff"]);
  });

  it("take a direct assignment for the call it stands for", () => {
    const fact = factOf(
      oneDriver("", "dev->coherent_dma_mask = DMA_BIT_MASK(31);\n*dev->dma_mask = 0xffff;"),
      "test,one",
    );
    expect([fact.dmaMask.value, fact.coherentDmaMask.value]).toEqual(["0xffff", "0x7fffffff"]);
  });

  it("follow match data, a nested pointer and an array by index", () => {
    const data = `enum { SMALL, LARGE };
      struct limits { int bits; }; struct foo_data { const struct limits *limits; };
      static const struct limits all[] = { [SMALL] = { .bits = 30 }, [LARGE] = { .bits = 42 } };
      static const struct foo_data datas[] = { { .limits = &all[SMALL] }, { .limits = &all[LARGE] } };`;
    const probe =
      "const struct foo_data *d = of_device_get_match_data(dev);\ndma_set_mask(dev, DMA_BIT_MASK(d->limits->bits));";
    const files = oneDriver(data, probe, ["&datas[0]", "&datas[1]"]);
    expect(factOf(files, "test,one").dmaMask).toMatchObject({ kind: "variant", value: "0x3fffffff" });
    expect(factOf(files, "test,two").dmaMask).toMatchObject({ kind: "variant", value: "0x3ffffffffff" });
    expect(factOf(files, "test,two").confidence).toBe("B");
  });

  it("evaluate a flag of match data at the call", () => {
    const data = "struct foo_data { bool wide; };\nstatic const struct foo_data a = { .wide = true }, b = { };";
    const probe = `const struct of_device_id *id = of_match_device(foo_match, dev);
      const struct foo_data *d = id->data;
      dma_set_mask(dev, d->wide ? DMA_BIT_MASK(36) : DMA_BIT_MASK(32));
      if (d->wide) dma_set_coherent_mask(dev, DMA_BIT_MASK(36));`;
    const files = oneDriver(data, probe, ["&a", "&b"]);
    expect(factOf(files, "test,one").dmaMask).toMatchObject({ kind: "variant", value: "0xfffffffff" });
    expect(factOf(files, "test,one").coherentDmaMask).toMatchObject({ kind: "variant", value: "0xfffffffff" });
    expect(factOf(files, "test,two").dmaMask).toMatchObject({ kind: "variant", value: "0xffffffff" });
    expect(factOf(files, "test,two").coherentDmaMask.kind).toBe("default");
  });

  it("are a set with conditions where a test is not decided", () => {
    const probe = `u64 mask = DMA_BIT_MASK(32);
      if (of_property_read_bool(dev->of_node, "test,wide")) mask = DMA_BIT_MASK(40);
      dma_set_mask(dev, mask);`;
    const fact = factOf(oneDriver("", probe), "test,one");
    expect(fact.dmaMask).toMatchObject({
      kind: "set",
      candidates: ["0xffffffff", "0xffffffffff"],
      when: ["no property test,wide", "property test,wide"],
    });
    expect(fact.confidence).toBe("C");
  });

  it("are decided at run time where a register says it, with no number invented", () => {
    const probe = "int bits = readl(base) & 0xff;\ndma_set_mask(dev, DMA_BIT_MASK(bits));";
    const fact = factOf(oneDriver("", probe), "test,one");
    expect(fact.dmaMask).toEqual({ kind: "runtime", sources: [{ file: "drivers/net/foo.c", line: 8 }] });
    expect(fact.confidence).toBe("E");
    const either = "if (readl(base) & 1)\n dma_set_mask(dev, DMA_BIT_MASK(64));";
    expect(factOf(oneDriver("", either), "test,one").dmaMask).toMatchObject({
      kind: "runtime",
      candidates: ["0xffffffff", "0xffffffffffffffff"],
    });
  });

  it("are inherited where they are copied from the parent", () => {
    const probe = "dma_coerce_mask_and_coherent(dev, dma_get_mask(dev->parent));\n";
    expect(factOf(oneDriver("", probe), "test,one").dmaMask.kind).toBe("inherited");
  });

  it("ignore what stands in #if 0", () => {
    const probe = "\n#if 0\n dma_set_mask(dev, DMA_BIT_MASK(64));\n#endif\n";
    expect(factOf(oneDriver("", probe), "test,one").dmaMask.kind).toBe("default");
  });

  it("of another device are said to be that device's", () => {
    const fact = factOf(oneDriver("", "dma_set_mask(dev->parent, DMA_BIT_MASK(36));"), "test,one");
    expect([fact.appliesTo, fact.dmaMask.value, fact.confidence]).toEqual(["parent", "0xfffffffff", "C"]);
    const probe =
      'struct platform_device *other = of_find_device_by_node(of_parse_phandle(dev->of_node, "test,bus", 0));\ndma_set_mask(&other->dev, DMA_BIT_MASK(36));';
    expect(factOf(oneDriver("", probe), "test,one").appliesTo).toEqual({ phandle: "test,bus" });
  });
});

describe("what a probe reaches", () => {
  const core = `struct host { const struct ops *ops; struct device *dev; int quirks; };
    struct host *core_alloc(struct device *dev)
    { struct host *h = kzalloc(sizeof(*h), GFP_KERNEL); h->dev = dev; return h; }
    EXPORT_SYMBOL_GPL(core_alloc);
    int core_add(struct host *h)
    { dma_set_mask(h->dev, DMA_BIT_MASK(64));
      if (h->quirks & 4) dma_set_mask(h->dev, DMA_BIT_MASK(32));
      if (h->ops->late) h->ops->late(h);
      return 0; }
    EXPORT_SYMBOL_GPL(core_add);`;
  const glue = driverText(
    "static const struct ops foo_ops = { };",
    `struct host *h = core_alloc(dev);
     h->ops = &foo_ops; h->quirks |= (unsigned long)of_device_get_match_data(dev);
     return core_add(h);`,
    ["(void *)4", "(void *)2"],
  );

  it("goes into exported functions of another module of the subsystem, with what the glue has stored", () => {
    const files = {
      "drivers/net/Makefile": "obj-m += foo.o core.o",
      "drivers/net/core.c": core,
      "drivers/net/foo.c": glue,
    };
    expect(factOf(files, "test,one").dmaMask).toMatchObject({
      value: "0xffffffff",
      sources: [{ file: "drivers/net/core.c" }],
    });
    expect(factOf(files, "test,two").dmaMask).toMatchObject({ value: "0xffffffffffffffff" });
    expect(factOf(files, "test,two").confidence).toBe("B");
  });

  it("does not go into another subsystem, nor through mfd", () => {
    for (const folder of ["drivers/usb", "drivers/mfd"]) {
      const files = { [`${folder}/core.c`]: core, "drivers/net/Makefile": "obj-m += foo.o", "drivers/net/foo.c": glue };
      expect(factsOf(files).get("test,one")?.[0]?.dmaMask.kind).toBe("default");
    }
    const files = { "drivers/mfd/core.c": core, "drivers/mfd/foo.c": glue };
    expect(factsOf(files).get("test,one")?.[0]?.dmaMask.kind).toBe("default");
  });

  it("joins the files of one module, and keeps static names of other files apart", () => {
    const files = {
      "drivers/net/Makefile": "obj-m += foo.o\nfoo-y := main.o masks.o other.o",
      "drivers/net/main.c": driverText("", "set_masks(dev);"),
      "drivers/net/masks.c":
        "static int limit(void) { return 33; }\nvoid set_masks(struct device *dev) { dma_set_mask(dev, DMA_BIT_MASK(limit())); }",
      "drivers/net/other.c": "static int limit(void) { return 64; }\nint unused(void) { return limit(); }",
    };
    expect(factOf(files, "test,one").dmaMask).toMatchObject({
      value: "0x1ffffffff",
      sources: [{ file: "drivers/net/masks.c", line: 2 }],
    });
  });

  it("goes through ops structures", () => {
    const before = `static void setup(struct foo *f) { dma_set_mask(f->dev, DMA_BIT_MASK(35)); }
      static const struct foo_ops ops = { .setup = setup };
      struct foo { struct device *dev; const struct foo_ops *ops; };`;
    const probe =
      "struct foo *f = devm_kzalloc(dev, sizeof(*f), GFP_KERNEL);\nf->dev = dev; f->ops = &ops; f->ops->setup(f);";
    expect(factOf(oneDriver(before, probe), "test,one").dmaMask).toMatchObject({ kind: "exact", value: "0x7ffffffff" });
  });

  it("goes into the bind callback of a component", () => {
    const before = `static int foo_bind(struct device *dev, struct device *master, void *data)
      { dma_set_mask(dev, DMA_BIT_MASK(37)); return 0; }
      static const struct component_ops foo_ops = { .bind = foo_bind };`;
    expect(factOf(oneDriver(before, "return component_add(dev, &foo_ops);"), "test,one").dmaMask).toMatchObject({
      value: "0x1fffffffff",
    });
  });

  it("goes into callbacks that are handed on", () => {
    const before = `struct foo { struct device *dev; };
      static void work(struct work_struct *w) { struct foo *f = container_of(w, struct foo, work); dma_set_mask(f->dev, DMA_BIT_MASK(38)); }`;
    const probe =
      "struct foo *f = devm_kzalloc(dev, sizeof(*f), GFP_KERNEL);\nf->dev = dev; INIT_WORK(&f->work, work);";
    expect(factOf(oneDriver(before, probe), "test,one").dmaMask).toMatchObject({ value: "0x3fffffffff" });
  });

  it("reads a function behind a macro of several lines", () => {
    const before =
      "DEFINE_SOMETHING(foo,\n\tbar)\nstatic void set(struct device *dev)\n{ dma_set_mask(dev, DMA_BIT_MASK(39)); }";
    expect(factOf(oneDriver(before, "set(dev);"), "test,one").dmaMask).toMatchObject({ value: "0x7fffffffff" });
  });

  it("takes the larger of a function and its stub", () => {
    const before =
      "#ifdef CONFIG_FOO\nstatic void set(struct device *dev)\n{ dma_set_mask(dev, DMA_BIT_MASK(39)); }\n#else\nstatic void set(struct device *dev) { }\n#endif";
    expect(factOf(oneDriver(before, "set(dev);"), "test,one").dmaMask).toMatchObject({ value: "0x7fffffffff" });
  });

  it("keeps both drivers of one compatible", () => {
    const files = {
      "drivers/net/Makefile": "obj-m += foo.o bar.o",
      "drivers/net/bar.c": driverText("", "dma_set_mask(dev, DMA_BIT_MASK(33));"),
      "drivers/net/foo.c": driverText("", "dma_set_mask(dev, DMA_BIT_MASK(34));"),
    };
    expect(
      factsOf(files)
        .get("test,one")
        ?.map(({ dmaMask }) => dmaMask.value),
    ).toEqual(["0x1ffffffff", "0x3ffffffff"]);
  });
});

describe("a table that the start of a module fills", () => {
  it("holds what that function hands to it", () => {
    const before = `static struct hc_driver hc;
      static int setup(struct usb_hcd *hcd) { return dma_set_mask(hcd->self.sysdev, DMA_BIT_MASK(36)); }
      static const struct overrides over = { .reset = setup };
      static int foo_init(void) { init_driver(&hc, &over); return 0; }
      module_init(foo_init);`;
    const fact = factOf(oneDriver(before, "hcd = usb_create_hcd(&hc, dev, name);"), "test,one");
    expect(fact.dmaMask).toMatchObject({ kind: "exact", value: "0xfffffffff" });
  });
});

describe("a struct that is static and has no initialiser", () => {
  it("is all zero where it is constant", () => {
    const data = "struct d { int wide; };\nstatic const struct d none;\nstatic const struct d wide = { .wide = 1 };";
    const probe =
      "const struct d *d = of_device_get_match_data(dev);\nif (d->wide) dma_set_mask(dev, DMA_BIT_MASK(36));";
    const files = oneDriver(data, probe, ["&none", "&wide"]);
    expect(factOf(files, "test,one").dmaMask.kind).toBe("default");
    expect(factOf(files, "test,two").dmaMask).toMatchObject({ kind: "variant", value: "0xfffffffff" });
  });
});

describe("a sound card", () => {
  it("is the device where its own is coerced", () => {
    const before = `static int pcm_new(struct snd_soc_component *c, struct snd_soc_pcm_runtime *rtd)
      { struct snd_card *card = rtd->card->snd_card; return dma_coerce_mask_and_coherent(card->dev, DMA_BIT_MASK(32)); }
      static const struct snd_soc_component_driver comp = { .pcm_construct = pcm_new };`;
    const fact = factOf(oneDriver(before, "return snd_soc_register_component(dev, &comp, dai, 1);"), "test,one");
    expect([fact.appliesTo, fact.dmaMask.value]).toEqual(["card", "0xffffffff"]);
  });
});

describe("a driver's other devices", () => {
  it("that it creates are told in a note, and nothing is said of its own", () => {
    const probe = `struct platform_device *child = platform_device_alloc("musb", -1);
      child->dev.coherent_dma_mask = DMA_BIT_MASK(32);`;
    const fact = factOf(oneDriver("", probe), "test,one");
    expect([fact.coherentDmaMask.kind, fact.confidence, fact.note]).toEqual([
      "default",
      "E",
      "Masks are set for another device: one the driver creates.",
    ]);
  });

  it("are the channels of a DMA controller where it asks for nothing else", () => {
    const files = oneDriver("", "chan = dma_request_chan(dev, name);");
    const text = files["drivers/net/foo.c"]?.replace("dma_alloc_coherent(dev, 4096, NULL, GFP_KERNEL);", "") ?? "";
    const fact = factOf({ ...files, "drivers/net/foo.c": text }, "test,one");
    expect([fact.appliesTo, fact.slaveDma, fact.confidence]).toEqual(["dma-channel", true, "D"]);
  });
});

describe("a driver of another bus in the same module", () => {
  it("says nothing of the device of the tree", () => {
    const before = `static int foo_pci(struct pci_dev *pci) { return dma_set_mask(&pci->dev, DMA_BIT_MASK(64)); }
      static struct ops ops = { .add = foo_pci };`;
    const fact = factOf(oneDriver(before, "dma_set_mask(dev, DMA_BIT_MASK(34));\nregister_ops(&ops);"), "test,one");
    expect(fact.dmaMask).toMatchObject({ kind: "exact", value: "0x3ffffffff" });
  });

  it("is not needed for an allocation to succeed", () => {
    const probe = "if (!dmam_alloc_coherent(dev, 8, &a, GFP_KERNEL)) dma_set_mask(dev, DMA_BIT_MASK(64));";
    expect(factOf(oneDriver("", probe), "test,one").dmaMask.kind).toBe("default");
  });
});
