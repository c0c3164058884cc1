import { describe, expect, it } from "vitest";
import { formatWords, likelyFormats } from "../../src/explain/likely-formats.js";

const first = (size: number, pageSize: number | null): string | null => {
  const [format] = likelyFormats(size, pageSize);
  return format === undefined ? null : formatWords(format);
};

describe("likelyFormats", () => {
  it("names what sizes in real logs are", () => {
    expect(first(2025 * 4096, 4096)).toBe("1920x1080 XR24/AR24 (8294400 bytes)");
    expect(first(12_443_648, 4096)).toBe("3840x2160 NV12/YU12 (12441600 bytes)");
    expect(first(7_561_216, 4096)).toBe("2592x1944 NV12/YU12 (7558272 bytes)");
    expect(first(4_147_200, null)).toBe("1920x1080 YUYV/RG16/NV16 (4147200 bytes)");
    expect(first(4_177_920, null)).toBe("1920x1080 YUYV/RG16/NV16 (4177920 bytes, height to 16 rows)");
  });

  it("names nothing for a size that is no picture", () => {
    expect(likelyFormats(4096, 4096)).toEqual([]);
    expect(likelyFormats(12_345_679, null)).toEqual([]);
  });

  it("wants whole pages where it is told their size", () => {
    expect(likelyFormats(8_294_400, 4096).map((f) => f.format)).toContain("XR24/AR24");
    expect(likelyFormats(8_294_401, 4096)).toEqual([]);
  });
});
