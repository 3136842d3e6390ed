/** One line of meaning and one cure for each code. */

import { Code } from "./code.ts";

/** What a code means, what to do about it, and whether the process may go on. */
export interface CodeText {
  readonly meaning: string;
  readonly hint: string;
  readonly fatal?: true;
}

export const CODE_TEXTS: Readonly<Record<Code, CodeText>> = {
  [Code.Ok]: { meaning: "done", hint: "" },
  [Code.InvariantBroken]: {
    meaning: "an internal invariant does not hold",
    hint: "report this with the log",
    fatal: true,
  },
  [Code.CapacityNotPowerOfTwo]: { meaning: "a capacity is not a power of two", hint: "correct the limit", fatal: true },
  [Code.LimitRelationBroken]: {
    meaning: "two limits contradict each other",
    hint: "correct core/limits.ts",
    fatal: true,
  },
  [Code.RingOverrun]: {
    meaning: "a producer would overwrite unread slots",
    hint: "the consumer is too slow",
    fatal: true,
  },
  [Code.SlotIncomplete]: { meaning: "a slot was published half filled", hint: "report this with the log", fatal: true },
  [Code.ValueOutOfRange]: {
    meaning: "a value is outside its type's range",
    hint: "report this with the log",
    fatal: true,
  },
  [Code.ColumnUnknown]: { meaning: "a layout has no such column", hint: "report this with the log", fatal: true },
  [Code.RecordTooLarge]: { meaning: "a record is over 4 KiB", hint: "put the payload into a blob", fatal: true },
  [Code.RecordOrderBroken]: { meaning: "record numbers are not dense", hint: "verify the journal", fatal: true },
  [Code.TableFull]: { meaning: "a table has reached its limit", hint: "raise the named limit", fatal: true },
  [Code.IllegalTransition]: {
    meaning: "an order was asked for an impossible step",
    hint: "report this with the log",
    fatal: true,
  },
  [Code.IdNotDense]: { meaning: "an id was not the next dense one", hint: "verify the journal", fatal: true },
  [Code.TimeWentBack]: { meaning: "engine time would run backward", hint: "report this with the log", fatal: true },
  [Code.NotApproved]: {
    meaning: "an effect was not approved by the risk gate",
    hint: "report this with the log",
    fatal: true,
  },
  [Code.NumberMalformed]: { meaning: "not a plain decimal number", hint: "digits, at most one point, no exponent" },
  [Code.NumberPrecision]: {
    meaning: "more decimals than the scale holds",
    hint: "the instrument needs a new revision",
  },
  [Code.NumberRange]: { meaning: "the number exceeds 2^53 at its scale", hint: "check the unit" },
  [Code.NumberNegative]: { meaning: "a negative number where none may be", hint: "check the sign" },
  [Code.FrameEmpty]: { meaning: "an empty frame", hint: "set aside" },
  [Code.FrameTruncated]: { meaning: "the frame ends inside a value", hint: "set aside; the stream resyncs" },
  [Code.FrameTooLarge]: {
    meaning: "the frame is over the size limit",
    hint: "raise limits.frameUnitsMax if the venue means it",
  },
  [Code.FrameNotText]: { meaning: "the frame is not valid UTF-8 text", hint: "set aside" },
  [Code.FrameNotJson]: { meaning: "the frame is not JSON", hint: "set aside" },
  [Code.FieldMissing]: { meaning: "a field that the message needs is missing", hint: "the venue changed its format?" },
  [Code.FieldType]: { meaning: "a field has another type than documented", hint: "the venue changed its format?" },
  [Code.MessageUnknown]: { meaning: "a message of a kind that is not known", hint: "counted by name and set aside" },
  [Code.SymbolUnknown]: {
    meaning: "a message for a symbol that is not defined",
    hint: "define or subscribe the instrument",
  },
  [Code.EnumUnknown]: { meaning: "an enum value that is not known", hint: "the venue added a value; set aside" },
  [Code.TooManyLevels]: {
    meaning: "a book message has more levels than the limit",
    hint: "raise limits.frameLevelsMax",
  },
  [Code.VenueError]: { meaning: "the venue answered with an error", hint: "see the venue's code" },
  [Code.ControlMessage]: { meaning: "an answer to a subscription or heartbeat", hint: "" },
  [Code.BookGap]: { meaning: "a depth update is missing", hint: "the book resyncs from a snapshot" },
  [Code.BookCrossed]: { meaning: "best bid is at or over best ask", hint: "the book is invalid until it uncrosses" },
  [Code.BookStale]: { meaning: "no update within the stale limit", hint: "check the stream" },
  [Code.BookShallow]: { meaning: "the book was eaten below its known depth", hint: "the book resyncs" },
  [Code.SnapshotTooOld]: { meaning: "a snapshot is older than the first buffered update", hint: "fetch another" },
  [Code.TradeGap]: { meaning: "trade ids are missing", hint: "back-fill by REST" },
  [Code.TradeDuplicate]: { meaning: "a trade id came twice", hint: "the second is ignored" },
  [Code.LatencyNegative]: {
    meaning: "received before the exchange's own time",
    hint: "a clock is off; times are kept as they are",
  },
  [Code.StrategySyntax]: { meaning: "the strategy file does not parse", hint: "see line and column" },
  [Code.StrategyType]: { meaning: "the strategy file does not type-check", hint: "see line and column" },
  [Code.StrategyShape]: { meaning: "the file does not export a strategy", hint: "export default strategy({…}, setup)" },
  [Code.StrategyParam]: { meaning: "a parameter is unknown or out of bounds", hint: "see the parameter's schema" },
  [Code.StrategyThrew]: {
    meaning: "a handler threw; the instance is paused",
    hint: "see line and message, then resume it",
  },
  [Code.StrategyOrderInvalid]: { meaning: "an order call had an impossible argument", hint: "see the argument named" },
  [Code.StrategyIntentsCapped]: {
    meaning: "too many orders in one step",
    hint: "spread them, or raise limits.intentsPerStepMax",
  },
  [Code.StrategyStateTooLarge]: { meaning: "state() cells exceed 4 KiB", hint: "keep less in state()" },
  [Code.StrategyNotFound]: {
    meaning: "no strategy of that name or path",
    hint: "see `meltica replay --help` for built-ins",
  },
  [Code.StrategyOverBudget]: { meaning: "a handler ran over its time budget", hint: "do less per event" },
  [Code.FileNotFound]: { meaning: "the file does not exist", hint: "check the path" },
  [Code.FileUnreadable]: { meaning: "the file cannot be read", hint: "check permissions" },
  [Code.FileCorrupt]: { meaning: "the file is damaged or not of this format", hint: "fetch or record it again" },
  [Code.LineMalformed]: {
    meaning: "a capture line is not `<receive ns> <JSON>`",
    hint: "the line is counted and set aside",
  },
  [Code.Usage]: { meaning: "the command line is wrong", hint: "see --help" },
  [Code.ReplayDiverged]: { meaning: "deciding again gave other records", hint: "the first difference is shown" },
  [Code.NoInstrument]: {
    meaning: "no instrument could be found in the input",
    hint: "give a capture with market data",
  },
  [Code.LateFill]: { meaning: "a fill came after the order had ended", hint: "it counts; check the venue's history" },
  [Code.EvidenceImpossible]: {
    meaning: "the venue says what cannot be of an order",
    hint: "not applied; check the venue's history",
  },
  [Code.Overfill]: { meaning: "an order was filled beyond its quantity", hint: "it counts; check the venue's history" },
  [Code.ReportUnmatched]: {
    meaning: "a report names no order that we know",
    hint: "it is kept; check who uses the account",
  },
  [Code.AnswerMissing]: {
    meaning: "the venue's answer did not come",
    hint: "the order counts as live until evidence comes",
  },
  [Code.RestartUnanswered]: { meaning: "a restart found a request without an answer", hint: "the venue is asked" },
  [Code.BreakerUnknown]: { meaning: "no breaker of that kind is tripped there", hint: "see risk state" },
  [Code.OverrideInvalid]: {
    meaning: "the override does not say what it must",
    hint: "one order, a reason, two different names, five minutes at most",
  },
  [Code.NameMissing]: { meaning: "this needs the name of a person", hint: "say who decides it" },
  [Code.OutagePassedTrigger]: {
    meaning: "the market passed a held order's trigger while nobody watched, and the order says keep",
    hint: "see whether the position is still to be protected",
  },
  [Code.HistoryUnknown]: {
    meaning: "nobody could tell what the market did in an outage",
    hint: "held orders go by the present price: look whether a stop should have fired",
  },
  [Code.ExitLost]: {
    meaning: "an exit has fired and ended without closing what it was to close",
    hint: "see whether it is tried again; look at the venue, and close the position by hand if it cannot get out",
  },
  [Code.EntryFilledLate]: {
    meaning: "an entry was filled after its exits had ended",
    hint: "see whether they live again; else the position has no exit: place one, or close it by hand",
  },
  [Code.ExitUndone]: {
    meaning: "a fill was declared void after the exit was done: position and exit no longer fit",
    hint: "compare the position with the venue's, then close it, or buy back what was closed too much, by hand",
  },
  [Code.UnknownUnresolved]: {
    meaning: "an order's fate could not be found out in time",
    hint: "look at the venue; its exposure stays reserved until there is evidence",
  },
  [Code.FinalityBroken]: {
    meaning: "an order that has ended lives at the venue",
    hint: "the account opens nothing; cancel it at the venue, then reconcile by hand",
  },
  [Code.IdMisused]: {
    meaning: "the venue has an order under an id of ours that we never sent",
    hint: "the account opens nothing; find out who else uses its key",
  },
  [Code.OrderAdopted]: {
    meaning: "an order was found at the venue that was not known here",
    hint: "see it among the orders; cancel it, or give it to an instance",
  },
  [Code.AdoptionRefused]: {
    meaning: "an order at the venue cannot be taken in",
    hint: "see the text; look at the venue",
  },
  [Code.CancelUnanswered]: {
    meaning: "a cancel was sent three times without an answer",
    hint: "cancel it at the venue",
  },
  [Code.PositionDiffers]: {
    meaning: "a position is another at the venue",
    hint: "only exits pass; find the cause, then adjust the position",
  },
  [Code.CashDiffers]: { meaning: "cash is another at the venue", hint: "find the transfer or fee that we do not know" },
  [Code.FillInferred]: {
    meaning: "the venue's history has no trade for what it says is filled",
    hint: "real trades replace the inferred fill when they come",
  },
  [Code.QueryFailed]: { meaning: "a venue did not answer what reconciliation asked", hint: "it is asked again, later" },
  [Code.OrderMissing]: {
    meaning: "an open order is missing in the venue's complete list",
    hint: "it is asked for; its exposure stays reserved",
  },
  [Code.StatementImpossible]: { meaning: "what a venue states contradicts itself", hint: "set aside; see the text" },
  [Code.ReconcileRefused]: { meaning: "the correction cannot be made", hint: "see the text" },
  [Code.JournalDamaged]: {
    meaning: "the journal holds damage that no torn write explains",
    hint: "nothing was changed; run `meltica journal verify`, then restore the data directory from a backup",
  },
  [Code.JournalUnwritable]: { meaning: "the journal cannot be written", hint: "check the disk and its permissions" },
  [Code.DiskFull]: {
    meaning: "the disk is full: new orders are denied, cancels go on",
    hint: "free space in the data directory: a gateway that runs goes on by itself",
  },
  [Code.SyncFailed]: {
    meaning: "the disk refused to make data durable; it is never asked twice",
    hint: "check the disk, then restart into recovery",
    fatal: true,
  },
  [Code.DataDirLocked]: {
    meaning: "another process uses this data directory",
    hint: "stop it, or give this one its own --data-dir",
  },
  [Code.DataDirUnwritable]: { meaning: "the data directory cannot be written", hint: "check owner and permissions" },
  [Code.JournalBlocked]: {
    meaning: "the trading ring is full: the journal is a whole ring behind",
    hint: "the engine stops and recovers; check the disk",
    fatal: true,
  },
  [Code.StateDiverged]: {
    meaning: "a replica's state differs from the engine's",
    hint: "stop trading and report this with the journal",
    fatal: true,
  },
  [Code.SnapshotPassedOver]: {
    meaning: "a snapshot cannot be used; an older one or the whole journal is read instead",
    hint: "nothing is lost; after an upgrade it is usual, else see the detail and check the disk",
  },
  [Code.SnapshotMissing]: {
    meaning: "the beginning of the journal was dropped, and no snapshot that could stand for it can be used",
    hint: "start the version that wrote the snapshots, or bring the dropped archives back into journal/archive",
    fatal: true,
  },
  [Code.SnapshotFailed]: { meaning: "a snapshot was not written", hint: "a restart takes longer; check the disk" },
  [Code.ArchiveFailed]: { meaning: "segments were not archived", hint: "they stay as they are; check the disk" },
  [Code.FileSystemUnsafe]: {
    meaning: "the file system does not keep what is synced, or nobody knows whether it does",
    hint: "put the data directory on a local disk (ext4, xfs)",
  },
  [Code.KillFilePresent]: { meaning: "the KILL file is present", hint: "run `meltica resume --why …` when it is safe" },
  [Code.ConfigSyntax]: { meaning: "the configuration file does not parse", hint: "see line and column" },
  [Code.ConfigKeyUnknown]: { meaning: "the configuration has no such key", hint: "see `meltica config schema`" },
  [Code.ConfigType]: { meaning: "a configuration value has another type", hint: "see `meltica config schema`" },
  [Code.ConfigValue]: { meaning: "a configuration value is out of range", hint: "see `meltica config schema`" },
  [Code.ConfigMissing]: { meaning: "a configuration value is missing", hint: "see `meltica config schema`" },
  [Code.PortTaken]: { meaning: "the port is in use", hint: "stop the other program, or give another --port" },
  [Code.EngineStalled]: { meaning: "the engine thread is silent", hint: "it is replaced by a new one; see the log" },
  [Code.EngineDied]: { meaning: "the engine thread ended", hint: "it is replaced by a new one; see the log" },
  [Code.NotRunning]: { meaning: "no gateway is running on this data directory", hint: "start it with `meltica up`" },
  [Code.TimedOut]: { meaning: "no answer came in time", hint: "try again; see `meltica status`" },
  [Code.ClockWrong]: {
    meaning: "the host's clock cannot be right",
    hint: "synchronise it (chrony, systemd-timesyncd)",
  },
  [Code.Unauthorized]: {
    meaning: "a bearer token is needed",
    hint: "send `Authorization: Bearer <token>`; the token is in <dataDir>/token",
  },
  [Code.Forbidden]: { meaning: "this is not allowed from there", hint: "see the detail" },
  [Code.NotFound]: { meaning: "there is no such thing", hint: "check the id" },
  [Code.BodyInvalid]: { meaning: "the request does not fit its schema", hint: "see errors[]" },
  [Code.BodyTooLarge]: { meaning: "the request is too large", hint: "send less than 64 KiB" },
  [Code.IdempotencyMismatch]: {
    meaning: "this Idempotency-Key was used for another request",
    hint: "use a new key for each new request",
  },
  [Code.CursorInvalid]: { meaning: "the cursor is none of ours", hint: "start again without a cursor" },
  [Code.OutcomeUnknown]: {
    meaning: "the engine was replaced before it answered: the request may or may not have taken effect",
    hint: "repeat it with the same Idempotency-Key, or read the orders",
  },
  [Code.TooManyRequests]: { meaning: "too many requests wait", hint: "slow down" },
  [Code.NotReady]: { meaning: "the gateway is not ready", hint: "wait for /readyz" },
  [Code.OrderDenied]: { meaning: "the order was denied by our own checks", hint: "see denial" },
  [Code.Conflict]: { meaning: "the request does not fit the present state", hint: "see the detail" },
  [Code.SlowReader]: { meaning: "a stream reader was too slow", hint: "reconnect and resume; read faster" },
  [Code.MethodNotAllowed]: { meaning: "the resource does not take this method", hint: "see Allow" },
  [Code.MediaTypeUnsupported]: { meaning: "the body has a type that is not taken", hint: "send application/json" },
  [Code.SocketLost]: { meaning: "the connection to the venue was lost", hint: "it is opened again with backoff" },
  [Code.SocketRefused]: { meaning: "the venue refused the connection", hint: "check the URL and the network" },
  [Code.StreamSilent]: { meaning: "a stream has been silent too long", hint: "it is connected anew" },
  [Code.HeartbeatLost]: { meaning: "the venue did not answer a heartbeat", hint: "it is connected anew" },
  [Code.AnswerRefused]: { meaning: "the venue refused a request", hint: "see status and body" },
  [Code.SubscribeRefused]: { meaning: "the venue refused a subscription", hint: "check the symbol" },
  [Code.RequestBudgetSpent]: { meaning: "the request budget is spent", hint: "the request waits for the next window" },
  [Code.FeeRateChanged]: {
    meaning: "the venue charges another rate than before",
    hint: "nothing to do: check whether a strategy still earns what it costs",
  },
  [Code.SecretMissing]: { meaning: "a secret is not there", hint: "check its name or file" },
  [Code.SecretExposed]: { meaning: "a file with a secret can be read by others", hint: "chmod 600" },
  [Code.SecretMalformed]: { meaning: "a secret has another form than it must have", hint: "see the detail" },
  [Code.SecretDamaged]: { meaning: "a sealed secret was changed or cut", hint: "put it in again" },
  [Code.SecretKeyWrong]: {
    meaning: "a secret was sealed by another key",
    hint: "give the key file it was sealed by, or put the secret in again",
  },
  [Code.AccountsInvalid]: { meaning: "the file of simulated accounts is wrong", hint: "see the detail" },
  [Code.CertificateUnavailable]: {
    meaning: "no certificate could be made",
    hint: "install openssl, or run without --tls",
  },
  [Code.HeartbeatUnusable]: {
    meaning: "the page that gateway and watchdog beat into cannot be used",
    hint: "check the data directory and /dev/shm; live accounts need it",
  },
  [Code.EngineSilent]: {
    meaning: "the engine is silent: the watchdog cancels all orders of the live accounts",
    hint: "see the log; what was canceled stays canceled",
  },
  [Code.WatchdogDied]: {
    meaning: "the watchdog process ended",
    hint: "it is started again; new orders of live accounts wait for it",
  },
  [Code.WatchdogSilent]: {
    meaning: "the watchdog process is silent",
    hint: "live accounts open nothing until it is back; see the log",
  },
  [Code.CancelAllFailed]: {
    meaning: "the watchdog could not cancel all orders of an account",
    hint: "it goes on trying; cancel at the venue by hand",
  },
  [Code.WatchdogAccounts]: {
    meaning: "the watchdog cannot look after these accounts",
    hint: "see the detail; the configuration must be the gateway's",
  },
  [Code.SecretInConfig]: {
    meaning: "a secret stands in the configuration",
    hint: "write {file: PATH}, {env: NAME} or {store: NAME}",
  },
  [Code.KeyUnusable]: { meaning: "the key of a live account cannot be used", hint: "see the detail" },
  [Code.LimitsLoosened]: {
    meaning: "the configuration loosened limits of accounts that were armed: they are not armed any more",
    hint: "look at them with `meltica risk limits`, then `meltica risk arm`; exits and cancels work all the same",
  },
  [Code.AccountUnfit]: {
    meaning: "a live account has not passed its checks",
    hint: "see `meltica status` or `meltica doctor`; exits and cancels work all the same",
  },
  [Code.LiveNotAllowed]: { meaning: "live accounts may not be armed", hint: "write `live: true` at the top" },
  [Code.ConfirmationMissing]: {
    meaning: "arming a live account is confirmed by typing its name",
    hint: "give the account's name as `confirm`",
  },
  [Code.KeyMayWithdraw]: {
    meaning: "the key may withdraw",
    hint: "take that right from the key, or make another that may only trade",
  },
  [Code.KeyMayNotTrade]: { meaning: "the key may not trade", hint: "give it that right at the venue" },
  [Code.HedgeMode]: { meaning: "the account keeps long and short apart", hint: "set it to one-way mode at the venue" },
  [Code.ModeChanged]: {
    meaning: "an account cannot change between paper and live",
    hint: "give the live account a name of its own",
  },
  [Code.DataDirExposed]: {
    meaning: "others may write into the data directory of live accounts",
    hint: "give it to the gateway's user alone: chmod 700",
  },
  [Code.KeyUnbound]: {
    meaning: "the key may be used from any address: whoever gets hold of it can trade with it",
    hint: "bind it to this host's address at the venue",
  },
  [Code.ServerExposed]: {
    meaning: "others may reach the gateway over plain HTTP, where the token can be read",
    hint: "listen on 127.0.0.1, and let a tunnel or a proxy with TLS come from outside",
  },
  [Code.RealMoney]: {
    meaning: "real orders would be sent with real money",
    hint: "certify at a testnet or the simulator; --with-real-money sends them all the same",
  },
  [Code.AccountNotFlat]: {
    meaning: "the account has open orders or positions, which the cards would cancel and close",
    hint: "give an account of its own to try things on",
  },
  [Code.CertificationFailed]: { meaning: "a card of the certification failed", hint: "see the report" },
  [Code.StoreAway]: {
    meaning: "the database does not answer now",
    hint: "a gateway tries again by itself, and trading does not wait for it; see the section `database` of the configuration",
  },
  [Code.StoreGap]: {
    meaning: "a batch does not begin where the store stands",
    hint: "if it stays, run `meltica store rebuild`; if it comes again, another gateway writes there: give each its `database.schema`",
  },
  [Code.StoreFailed]: { meaning: "the database refuses, and will again", hint: "see the detail" },
  [Code.StoreRow]: { meaning: "a row holds what its column cannot", hint: "report this with the log" },
  [Code.StoreNewer]: {
    meaning: "the database's schema was made by a newer version",
    hint: "run that version, or `meltica migrate down` with it",
  },
  [Code.MigrationChanged]: {
    meaning: "a migration was changed after it was applied",
    hint: "run the version that made the database; or give it an empty database and `meltica store rebuild`",
  },
  [Code.SchemaBehind]: { meaning: "the database's schema is not up to date", hint: "`meltica migrate up`" },
  [Code.DatabaseUrl]: {
    meaning: "the address of the database cannot be used",
    hint: "postgres://user@host:5432/database; the password as {file: PATH}, {env: NAME} or {store: NAME}",
  },
  [Code.JournalDropped]: {
    meaning: "retention has dropped records that are still needed",
    hint: "keep more archives (`journal.retention`), or begin the history anew with `meltica store rebuild`",
  },
  [Code.StoreAhead]: {
    meaning: "the store holds records that this journal does not have",
    hint: "it belongs to another data directory, or the journal was put back: `meltica store rebuild`",
  },
  [Code.HistoryAbsent]: {
    meaning: "there is no store, so there is no history to ask",
    hint: "leave `database` as it is for SQLite in the data directory, or give `database.url`",
  },
  [Code.HistoryAway]: {
    meaning: "the store does not answer now",
    hint: "trading goes on without it; try again, and see `meltica store status`",
  },
  [Code.ProjectionBehind]: {
    meaning: "the history is far behind the journal",
    hint: "trading goes on; see `meltica store status` for what holds it up",
  },
  [Code.ProjectionFailed]: {
    meaning: "the projection into the store has stopped",
    hint: "trading goes on; see the detail, then `meltica store rebuild` or a new start",
  },
  [Code.OutboxFailing]: {
    meaning: "a sink of the outbox does not take records",
    hint: "it is tried again from where it stopped; nothing is lost while the journal keeps the records",
  },
  [Code.InstanceChanged]: {
    meaning: "an instance runs as it was started, and the configuration says otherwise",
    hint: "a start changes none: `meltica instances stop NAME`, `delete NAME`, then `start NAME` with what is wanted",
  },
  [Code.OutboxBehind]: {
    meaning: "the journal was put back from a copy, and a sink had taken more than it holds",
    hint: "from there on numbers of records come again, with other records: tell the receiver",
  },
  [Code.OutboxConfig]: { meaning: "a sink of the outbox cannot be used as it is configured", hint: "see the detail" },
};

/** True when the process must stop and recover; false when the wrong thing is set aside and the rest goes on. */
export function isFatal(code: Code): boolean {
  return CODE_TEXTS[code].fatal === true;
}
