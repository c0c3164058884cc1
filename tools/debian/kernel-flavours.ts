/** Debian's kernel packages by architecture and series, in the plain flavour: no real-time, cloud, 16 KiB page, debug or unsigned one matches. */
export const PLAIN_KERNEL: Readonly<Record<"amd64 6.12" | "arm64 6.12" | "armhf 6.1", RegExp>> = {
  /** The kernel modelled; on Debian 12 it comes from backports or security updates. */
  "amd64 6.12": /^linux-image-6\.12(\.[0-9]+)+([+~][0-9a-z.+~]+)?(-[0-9]+)?-amd64$/,
  "arm64 6.12": /^linux-image-6\.12(\.[0-9]+)+([+~][0-9a-z.+~]+)?(-[0-9]+)?-arm64$/,
  "armhf 6.1": /^linux-image-6\.1\.[0-9.]+([+~][0-9a-z.+~]+)?(-[0-9]+)?-armmp$/,
};
