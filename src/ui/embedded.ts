/** The bundled page as constants: made once when this file is built, or first imported from source. */

import { bundlePage } from "./bundle.ts" with { type: "macro" };

export const EMBEDDED = bundlePage();
