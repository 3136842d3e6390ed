/** Brings D up to the configuration: accounts, instruments, limits and instances that it does not have yet. */

import { Code } from "../core/code.ts";
import { CASH_SCALE, parseWide } from "../core/decimal.ts";
import { type Problem, problem } from "../core/problem.ts";
import { Wide } from "../core/wide.ts";
import { instrumentText } from "../engine/apply.ts";
import type { Engine } from "../engine/engine.ts";
import type { Instrument, InstrumentDraft } from "../model/instrument.ts";
import { CashCause } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { ACCOUNT_REAL } from "../risk/arming.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import type { LimitsPayload } from "../risk/limits_payload.ts";
import type { AccountConfig, LimitsConfig } from "./config_schema.ts";
import { loosenedLimits } from "./loosened_limits.ts";

/** What is there stays as the journal has it: a restart changes nothing that nobody asked to change. */
export class SessionSync {
  readonly #record = new TradingRecord();
  /** Limits that this session has set, or has found set. */
  readonly #done = new Set<LimitsConfig>();

  constructor(
    readonly engine: Engine,
    readonly nowUs: () => number,
    readonly onProblem: (problem: Problem) => void = () => {},
  ) {}

  /** Says that this engine's session is set up: written last, so that a crash on the way is no set-up session. */
  complete(facts: Readonly<Record<string, unknown>>): void {
    this.#emit(RecordKind.SessionStarted, JSON.stringify(facts));
  }

  /** Opens an account that is new. Its opening balances are given once for each asset, ever. Answers its id. */
  account(name: string, config: AccountConfig): number {
    const { accounts, ledger } = this.engine.state;
    const id = accounts.idOf(name) ?? accounts.count;
    if (id === accounts.count) {
      this.#record.reset(RecordKind.AccountOpened).account = id;
      this.#record.flags = config.mode === "live" ? ACCOUNT_REAL : 0;
      this.#record.text = name;
      this.engine.define(this.#record, this.nowUs());
    }
    if (config.mode === "live") return id; // Its balances are the venue's word.
    for (const [code, amount] of Object.entries(config.balances)) {
      const opened = ledger.cashByCause(id, this.#asset(code), CashCause.OpeningBalance, new Wide());
      // Asked of D and not of the account's age: a crash may have come between the account and its money.
      if (opened.isZero()) this.#openBalance(id, code, amount);
    }
    return id;
  }

  /** Assets that somebody holds: from here on they are counted. */
  assets(codes: readonly string[]): void {
    for (const code of codes) this.#asset(code);
  }

  /** True once the venue's balances became an account's opening ones. */
  isFunded(account: number): boolean {
    const { ledger } = this.engine.state;
    const wide = new Wide();
    const opened = (asset: number) => !ledger.cashByCause(account, asset, CashCause.OpeningBalance, wide).isZero();
    return ledger.assetCodes().some((_, asset) => opened(asset));
  }

  /** What a live account holds when it is met for the first time: all of it is one input. */
  fund(account: number, stated: readonly Readonly<TradingRecord>[]): void {
    const { ledger } = this.engine.state;
    const records: TradingRecord[] = [];
    for (const { asset, amountHi, amountLo } of stated) {
      if (ledger.assetCode(asset) === undefined || (amountHi === 0 && amountLo === 0)) continue;
      const record = new TradingRecord().reset(RecordKind.CashMoved);
      records.push(Object.assign(record, { account, asset, amountHi, amountLo, code: CashCause.OpeningBalance }));
    }
    this.engine.defineTogether(records, this.nowUs());
  }

  /** Defines what is new; a changed listing gets a new revision. Answers the instruments as D has them now. */
  instruments(drafts: readonly InstrumentDraft[]): Instrument[] {
    const table = this.engine.state.instruments;
    const defined: Instrument[] = [];
    for (const draft of drafts) {
      const known = table.byName(draft.name);
      for (const code of [draft.base, draft.quote, draft.settle]) this.#asset(code);
      const id = known?.id ?? table.count;
      const revision = known === undefined ? 1 : known.revision + (isSame(known, draft) ? 0 : 1);
      const instrument: Instrument = { ...merged(draft, known), id, revision };
      if (known !== undefined && !this.#mayRescale(known, instrument)) {
        defined.push(known);
        continue;
      }
      if (revision !== known?.revision) {
        this.#record.reset(RecordKind.InstrumentDefined).instrument = id;
        this.#record.instrumentRevision = revision;
        this.#record.text = instrumentText(instrument);
        this.engine.define(this.#record, this.nowUs());
      }
      defined.push(table.get(id) as Instrument);
    }
    return defined;
  }

  /** Open orders keep the mantissas that they were placed with: at a larger scale each would stand at a tenth of its price. */
  #mayRescale(known: Instrument, wanted: Instrument): boolean {
    if (!isSameContract(known, wanted)) {
      const hint = "give the new contract a name of its own";
      this.onProblem(
        problem(Code.Conflict, `${known.name} is another contract now: its positions would change`, {}, hint),
      );
      return false;
    }
    if (known.priceScale === wanted.priceScale && known.qtyScale === wanted.qtyScale) return true;
    const { accounts, orders } = this.engine.state;
    const isOpen = accounts.all().some(({ id }) => orders.openCount(id, known.id) > 0);
    if (!isOpen) return true;
    const hint = "cancel its open orders, then start again";
    this.onProblem(problem(Code.Conflict, `${known.name} has more decimals now, and open orders with fewer`, {}, hint));
    return false;
  }

  /**
   * Limits of the configuration that this session has not set yet. `isNew`: each as a newer version of its scope;
   * otherwise those only that have none at all, so that what was changed by hand since stays. What names nothing known is
   * a problem, and may be known at a later call. Who armed an account has armed it under the limits of then: before any of
   * them is loosened, it is disarmed.
   */
  limits(configs: readonly LimitsConfig[], isNew: boolean): Problem[] {
    const problems: Problem[] = [];
    for (const config of configs) {
      if (this.#done.has(config)) continue;
      const key = this.#keyOf(config.scope, config.key ?? "");
      if (key === undefined) {
        // An instance that is not there yet gets its limits with its start.
        const isMissing = config.scope !== "instance";
        if (isMissing) problems.push(problem(Code.NotFound, `limits: no ${config.scope} ${config.key ?? ""}`));
        continue;
      }
      this.#done.add(config);
      const { risk } = this.engine.state;
      if (!isNew && risk.limitsVersion(SCOPES[config.scope], key, config.key ?? "") > 0) continue;
      const found = this.#limitsRecord(this.#record, config, key);
      if (found.length === 0) {
        this.#disarm(config, key);
        this.engine.define(this.#record, this.nowUs());
      }
      problems.push(...found);
    }
    return problems;
  }

  /** A crash behind it leaves the account disarmed and the limits as they were: the next start sets them. */
  #disarm({ scope, key: name = "" }: LimitsConfig, key: number): void {
    const { risk, accounts } = this.engine.state;
    const level = scope === "venue" ? risk.venueLevel(name) : risk.level(SCOPES[scope], key);
    if (level.text === "") return; // Nothing was set there: nothing is loosened.
    const loosened = loosenedLimits(JSON.parse(level.text), JSON.parse(this.#record.text));
    const covered = accounts.all().filter(({ id }) => scope !== "account" || id === key);
    const armed = covered.filter(({ id }) => risk.arming.isReal(id) && risk.arming.isArmed(id));
    if (loosened.length === 0 || armed.length === 0) return;
    const records = armed.map(({ id }) => {
      return Object.assign(new TradingRecord().reset(RecordKind.AccountArmed), {
        account: id,
        fillId: "configuration",
      });
    });
    this.engine.defineTogether(records, this.nowUs());
    const names = armed.map((account) => account.name).join(", ");
    const where = name === "" ? scope : `${scope} ${name}`;
    this.onProblem(problem(Code.LimitsLoosened, `${names}: ${where}: ${loosened.join(", ")}`));
  }

  /** LimitsSet of an instance that is about to be started under the next free id. */
  instanceLimits(configs: readonly LimitsConfig[], name: string): TradingRecord[] {
    const records: TradingRecord[] = [];
    for (const config of configs) {
      if (config.scope !== "instance" || config.key !== name) continue;
      const record = new TradingRecord();
      const id = this.engine.state.instances.count + 1;
      if (this.#limitsRecord(record, config, id).length === 0) records.push(record);
    }
    return records;
  }

  #limitsRecord(out: TradingRecord, { key: name, ...config }: LimitsConfig, key: number): readonly Problem[] {
    const { risk, limits } = this.engine.state;
    const version = risk.limitsVersion(SCOPES[config.scope], key, name ?? "") + 1;
    const venue = config.scope === "venue" ? { venue: name } : {};
    const payload = { ...config, ...venue, key, version } as LimitsPayload;
    return limitsRecord(out.reset(RecordKind.LimitsSet), payload, limits);
  }

  #keyOf(scope: LimitsConfig["scope"], name: string): number | undefined {
    const { accounts, instruments } = this.engine.state;
    if (scope === "firm" || scope === "venue") return 0; // Venues have names instead.
    if (scope === "account") return accounts.idOf(name);
    if (scope === "instrument") return instruments.byName(name)?.id;
    return this.engine.instances.idOf(name) || undefined;
  }

  #asset(code: string): number {
    const { ledger } = this.engine.state;
    const known = ledger.assetId(code);
    if (known !== undefined) return known;
    const id = ledger.assetCodes().length;
    this.#record.reset(RecordKind.AssetDefined).asset = id;
    this.#record.text = code;
    this.engine.define(this.#record, this.nowUs());
    return id;
  }

  #openBalance(account: number, code: string, amount: string): void {
    const wide = new Wide();
    const read = parseWide(wide, amount, CASH_SCALE);
    const asset = this.#asset(code);
    if (read !== Code.Ok) return; // The configuration was checked: this cannot be.
    const record = this.#record.reset(RecordKind.CashMoved);
    record.account = account;
    record.asset = asset;
    record.code = CashCause.OpeningBalance;
    record.amountHi = wide.hi;
    record.amountLo = wide.lo;
    this.engine.define(record, this.nowUs());
  }

  #emit(kind: RecordKind, text: string): void {
    this.#record.reset(kind).text = text;
    this.engine.define(this.#record, this.nowUs());
  }
}

const SCOPES: Readonly<Record<LimitsConfig["scope"], Scope>> = {
  firm: Scope.Firm,
  account: Scope.Account,
  venue: Scope.Venue,
  instrument: Scope.Instrument,
  instance: Scope.Instance,
};

/** What one unit of quantity stands for, and what it is paid in, belong to the listing: no revision changes them. */
function isSameContract(known: Instrument, wanted: Instrument): boolean {
  const size = (i: Instrument) => [i.contractSize ?? 1, i.contractScale ?? 0, i.kind, i.base, i.quote, i.settle].join();
  return size(known) === size(wanted);
}

/** Scales only grow: a listing that needs fewer decimals now keeps those it had. */
function merged(draft: InstrumentDraft, known: Instrument | undefined): InstrumentDraft {
  if (known === undefined) return draft;
  const priceFactor = 10 ** Math.max(0, known.priceScale - draft.priceScale);
  const qtyFactor = 10 ** Math.max(0, known.qtyScale - draft.qtyScale);
  return {
    ...draft,
    priceScale: Math.max(known.priceScale, draft.priceScale),
    qtyScale: Math.max(known.qtyScale, draft.qtyScale),
    tick: draft.tick * priceFactor,
    lot: draft.lot * qtyFactor,
    qtyMin: draft.qtyMin * qtyFactor,
    qtyMax: draft.qtyMax * qtyFactor,
    notionalMin: draft.notionalMin * priceFactor * qtyFactor,
  };
}

function isSame(known: Instrument, draft: InstrumentDraft): boolean {
  const wanted = merged(draft, known);
  return Object.entries(wanted).every(([name, value]) => known[name as keyof Instrument] === value);
}
