import type { Brand } from "./brand.ts";
import { accentColor } from "./icon.ts";

/** Home screens show no more than that. */
const SHORT_NAME_LENGTH = 12;

/** Returns the web app manifest, by which phones install the site. */
export function drawManifest(brand: Brand): string {
  const { name } = brand;
  return JSON.stringify({
    name,
    short_name: name.length <= SHORT_NAME_LENGTH ? name : (name.split(/\s/)[0] ?? name),
    start_url: "/chat",
    scope: "/",
    display: "standalone",
    theme_color: accentColor(brand),
    background_color: "#ffffff",
    icons: [{ src: "/brand/icon.svg", type: "image/svg+xml", sizes: "any", purpose: "any" }],
  });
}
