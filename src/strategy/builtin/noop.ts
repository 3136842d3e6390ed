/** Watches and does nothing: for measuring, and for replaying a capture without orders. */

import { strategy } from "meltica";

export default strategy({ name: "noop", description: "Does nothing.", markets: { main: { tf: "1m" } } }, () => ({}));
