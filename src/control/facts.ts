/** What the server knows of a request beside its text: address, principal and the body that was read. */

import type { Principal } from "./door.ts";

interface Fact {
  readonly peer: string;
  readonly principal: Principal;
  readonly body: unknown;
}

export class Facts {
  readonly #facts = new WeakMap<Request, Fact>();

  note(request: Request, fact: Fact): void {
    this.#facts.set(request, fact);
  }

  peer(request: Request): string {
    return this.#facts.get(request)?.peer ?? "";
  }

  /** Stored form of the session; empty for the token. */
  session(request: Request): string {
    return this.#facts.get(request)?.principal.session ?? "";
  }

  body(request: Request): unknown {
    return this.#facts.get(request)?.body;
  }
}
