/** What the profiles of Debian's kernels say of drivers, against those kernels: their configuration, and what their modules ask for. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isDriverMissing, isOfKernel } from "../../src/facts/driver-options.js";
import { loadFacts } from "../../src/facts/load.js";
import { applyConfig, EMBEDDED_6_12, KERNEL_PROFILES } from "../../src/machine/profiles.js";
import { CACHE, requiredParts } from "../../tools/project.js";

for (const architecture of ["arm64", "amd64"] as const) {
  const root = join(CACHE, "kernels", architecture);
  const isAbsent = !existsSync(join(root, "boot"));
  const where = isAbsent ? " (skipped: no kernel in the cache, npm run test:kernel fetches it)" : "";
  describe.skipIf(isAbsent && !requiredParts().has("kernel"))(`Debian's kernel for ${architecture}${where}`, () => {
    const profile = KERNEL_PROFILES.get(`debian-${architecture}-6.12`) ?? EMBEDDED_6_12;

    it("is built without the drivers that its profile says", () => {
      const [name = ""] = readdirSync(join(root, "boot")).filter((file) => file.startsWith("config-6.12."));
      const { missingDriverOptions, missingIommuDrivers } = applyConfig(
        EMBEDDED_6_12,
        readFileSync(join(root, "boot", name), "utf8"),
      );
      expect(profile.missingDriverOptions).toEqual(missingDriverOptions);
      expect(profile.missingIommuDrivers).toEqual(missingIommuDrivers);
    });

    it("has no module that asks for a device whose driver is said to be missing", async () => {
      const asked = aliasesBelow(join(root, "lib", "modules"));
      const base = await loadFacts();
      const extracted = [...(base.extracted?.names() ?? [])].flatMap((name) => base.extracted?.of(name) ?? []);
      const wrong = [...base.facts, ...extracted].filter(
        ({ match, driver }) =>
          "compatible" in match &&
          isOfKernel(driver) &&
          isDriverMissing(driver, profile.missingDriverOptions) &&
          asked.has(`${driver.module.replaceAll("-", "_")} ${match.compatible}`),
      );
      expect(wrong.map(({ driver }) => driver)).toEqual([]);
      expect(asked.size).toBeGreaterThan(0);
    });
  });
}

/** `module compatible` of each alias for device tree nodes, of modules and of what is built in. */
function aliasesBelow(folder: string): ReadonlySet<string> {
  const aliases = new Set<string>();
  for (const release of readdirSync(folder)) {
    const loadable = readFileSync(join(folder, release, "modules.alias"), "utf8");
    for (const [, compatible, module = ""] of loadable.matchAll(/^alias of:N\*T\*C(\S+?)(?:C\*)? (\S+)$/gm)) {
      aliases.add(`${module.replaceAll("-", "_")} ${compatible}`);
    }
    const builtIn = readFileSync(join(folder, release, "modules.builtin.modinfo"), "latin1").split("\0");
    for (const entry of builtIn) {
      const [, module, compatible] = /^([\w-]+)\.alias=of:N\*T\*C(.*?)(?:C\*)?$/.exec(entry) ?? [];
      if (module !== undefined) aliases.add(`${module.replaceAll("-", "_")} ${compatible}`);
    }
  }
  return aliases;
}
