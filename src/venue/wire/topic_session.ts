/** A market data session at a venue whose topics begin with a snapshot: books that lose a message are subscribed anew. */

import { Code } from "../../core/code.ts";
import { problem } from "../../core/problem.ts";
import { BookRepair, type RepairLimits } from "./book_repair.ts";
import type { Connection } from "./connection.ts";
import {
  LineSession,
  type LineSessionLimits,
  type LineSessionPorts,
  type LineSessionSettings,
  type LineSessionStatus,
  type LineStream,
  TopicKind,
  type TopicName,
  type TopicSymbol,
} from "./line_session.ts";

export type TopicSessionLimits = LineSessionLimits & RepairLimits;

export interface TopicSessionSettings extends LineSessionSettings {
  readonly symbols: readonly TopicSymbol[];
  readonly limits: TopicSessionLimits;
  /**
   * True for a frame of a book that holds all of it. A book stands on the line that brought its snapshot, and on no other:
   * two lines may tell one book in other steps. Not given: connections are never handed over.
   */
  isSnapshot?(text: string): boolean;
  topicsOf(symbol: string): readonly TopicName[];
}

export interface TopicSessionStatus extends LineSessionStatus {
  /** Books that were subscribed anew. */
  readonly repairs: number;
}

interface Topic extends LineStream {
  readonly repair: BookRepair | undefined;
  /** Of the line that a book stands on; -1: of none yet. */
  epoch: number;
}

export class TopicSession extends LineSession<Topic> {
  readonly #settings: TopicSessionSettings;
  readonly #ports: LineSessionPorts;
  #repairs = 0;

  constructor(settings: TopicSessionSettings, ports: LineSessionPorts) {
    super(settings, ports);
    this.#settings = settings;
    this.#ports = ports;
    this.list(settings.symbols);
  }

  override status(): TopicSessionStatus {
    return { ...super.status(), repairs: this.#repairs };
  }

  protected override namesOf(symbol: string): readonly TopicName[] {
    return this.#settings.topicsOf(symbol);
  }

  protected override streamOf(stream: LineStream): Topic {
    const isBook = stream.kind === TopicKind.Book;
    const repair = isBook ? new BookRepair(this.#settings.limits, () => this.#ports.random()) : undefined;
    return { ...stream, repair, epoch: -1 };
  }

  protected override tick(nowUs: number): void {
    this.tickLines(nowUs);
    this.#mend(nowUs);
    this.watch(nowUs);
  }

  /** Books out of step: leaving the topic and taking it again brings a snapshot. */
  #mend(nowUs: number): void {
    for (const topic of this.streams) {
      const { name, connection, repair, instrument } = topic;
      if (repair?.isDue(this.#ports.book(instrument), connection.holds(name), nowUs) !== true) continue;
      this.#repairs++;
      topic.epoch = -1;
      this.#ports.problem(problem(Code.BookGap, `${name} is out of step; it is subscribed anew`));
      connection.renew(name);
      this.#ports.onReconnect(instrument); // Between leaving and taking again it hears nothing.
    }
  }

  protected override renewed(topic: Topic): void {
    topic.epoch = -1;
    if (topic.repair !== undefined) this.#ports.onReconnect(topic.instrument);
  }

  /** True when the book goes on with this frame, or begins anew with it; of other topics every frame counts. */
  protected override takes(topic: Topic, text: string, epoch: number): boolean {
    if (topic.repair === undefined) return true;
    // A book that is about to be left must not become whole before it: it would stand still unseen.
    if (topic.connection.renews(topic.name, epoch)) return false;
    if (topic.epoch === epoch) return true;
    const { isSnapshot } = this.#settings;
    if (topic.epoch > epoch || (isSnapshot !== undefined && !isSnapshot(text))) return false;
    topic.epoch = epoch;
    return true;
  }

  /** Books that stood on this line are not told any more: another one must bring them whole. */
  protected override ended(connection: Connection, epoch: number): void {
    for (const topic of this.streams) {
      if (topic.connection !== connection || topic.repair === undefined || topic.epoch !== epoch) continue;
      topic.epoch = -1;
      this.#ports.onReconnect(topic.instrument);
      connection.renew(topic.name);
    }
  }

  /** Instruments whose books stand on the line that has taken over: they lost nothing. */
  protected override standing(connection: Connection): Set<number> {
    const instruments = new Set<number>();
    for (const { connection: own, instrument, repair, epoch } of this.streams) {
      if (own === connection && repair !== undefined && epoch > 0 && epoch === connection.epoch)
        instruments.add(instrument);
    }
    return instruments;
  }
}
