/** Every condition the system can report that is not an order's fate: one enum; `code_texts.ts` says what each means. */

/** Numbers are stable: they are journaled, shown on the API and counted; a code is never reused. */
export enum Code {
  Ok = 0,

  // Invariants and limits: a broken one is our fault and fatal.
  InvariantBroken = 100,
  CapacityNotPowerOfTwo = 101,
  LimitRelationBroken = 102,
  RingOverrun = 103,
  SlotIncomplete = 104,
  ValueOutOfRange = 105,
  ColumnUnknown = 106,
  RecordTooLarge = 107,
  RecordOrderBroken = 108,
  TableFull = 109,
  IllegalTransition = 110,
  IdNotDense = 111,
  TimeWentBack = 112,
  NotApproved = 113,

  // Numbers in text.
  NumberMalformed = 200,
  NumberPrecision = 201,
  NumberRange = 202,
  NumberNegative = 203,

  // Frames from a venue or a capture.
  FrameEmpty = 300,
  FrameTruncated = 301,
  FrameTooLarge = 302,
  FrameNotText = 303,
  FrameNotJson = 304,
  FieldMissing = 305,
  FieldType = 306,
  MessageUnknown = 307,
  SymbolUnknown = 308,
  EnumUnknown = 309,
  TooManyLevels = 310,
  VenueError = 311,
  ControlMessage = 312,

  // Market data quality.
  BookGap = 400,
  BookCrossed = 401,
  BookStale = 402,
  BookShallow = 403,
  SnapshotTooOld = 404,
  TradeGap = 405,
  TradeDuplicate = 406,
  LatencyNegative = 407,

  // Strategies.
  StrategySyntax = 500,
  StrategyType = 501,
  StrategyShape = 502,
  StrategyParam = 503,
  StrategyThrew = 504,
  StrategyOrderInvalid = 505,
  StrategyIntentsCapped = 506,
  StrategyStateTooLarge = 507,
  StrategyNotFound = 508,
  StrategyOverBudget = 509,

  // Files, captures, configuration, command line.
  FileNotFound = 600,
  FileUnreadable = 601,
  FileCorrupt = 602,
  LineMalformed = 603,
  Usage = 604,
  ReplayDiverged = 605,
  NoInstrument = 606,

  // Orders: what a venue says of them.
  LateFill = 700,
  EvidenceImpossible = 701,
  Overfill = 702,
  ReportUnmatched = 703,
  AnswerMissing = 704,
  RestartUnanswered = 705,
  BreakerUnknown = 760,
  OverrideInvalid = 761,
  NameMissing = 762,
  LimitsLoosened = 763,
  OutagePassedTrigger = 710,
  HistoryUnknown = 719,
  ExitLost = 711,
  EntryFilledLate = 712,
  ExitUndone = 713,
  UnknownUnresolved = 720,
  FinalityBroken = 721,
  IdMisused = 722,
  OrderAdopted = 723,
  AdoptionRefused = 724,
  CancelUnanswered = 725,
  PositionDiffers = 726,
  CashDiffers = 727,
  FillInferred = 728,
  QueryFailed = 729,
  OrderMissing = 730,
  StatementImpossible = 731,
  ReconcileRefused = 732,

  // Journal and data directory.
  JournalDamaged = 800,
  JournalUnwritable = 801,
  DiskFull = 802,
  SyncFailed = 803,
  DataDirLocked = 804,
  DataDirUnwritable = 805,
  JournalBlocked = 806,
  StateDiverged = 807,
  KillFilePresent = 808,
  SnapshotPassedOver = 810,
  SnapshotMissing = 811,
  SnapshotFailed = 812,
  ArchiveFailed = 813,
  FileSystemUnsafe = 814,

  // Configuration and the process.
  ConfigSyntax = 900,
  ConfigKeyUnknown = 901,
  ConfigType = 902,
  ConfigValue = 903,
  ConfigMissing = 904,
  PortTaken = 905,
  EngineStalled = 906,
  EngineDied = 907,
  NotRunning = 908,
  TimedOut = 909,
  ClockWrong = 910,

  // HTTP interface.
  Unauthorized = 1000,
  Forbidden = 1001,
  NotFound = 1002,
  BodyInvalid = 1003,
  BodyTooLarge = 1004,
  IdempotencyMismatch = 1005,
  CursorInvalid = 1006,
  OutcomeUnknown = 1007,
  TooManyRequests = 1008,
  NotReady = 1009,
  OrderDenied = 1010,
  Conflict = 1011,
  SlowReader = 1012,
  MethodNotAllowed = 1013,
  MediaTypeUnsupported = 1014,

  // Venue sessions.
  SocketLost = 1100,
  SocketRefused = 1101,
  StreamSilent = 1102,
  HeartbeatLost = 1103,
  AnswerRefused = 1104,
  SubscribeRefused = 1105,
  RequestBudgetSpent = 1106,
  FeeRateChanged = 1107,

  // Secrets.
  SecretMissing = 1200,
  SecretExposed = 1201,
  SecretMalformed = 1202,
  SecretDamaged = 1203,
  SecretKeyWrong = 1204,

  // Venue simulator.
  AccountsInvalid = 1300,
  CertificateUnavailable = 1301,

  // The watchdog process.
  HeartbeatUnusable = 1370,
  EngineSilent = 1371,
  WatchdogDied = 1372,
  WatchdogSilent = 1373,
  CancelAllFailed = 1374,
  WatchdogAccounts = 1375,

  // Live accounts.
  SecretInConfig = 1430,
  KeyUnusable = 1431,
  AccountUnfit = 1432,
  LiveNotAllowed = 1433,
  ConfirmationMissing = 1434,
  KeyMayWithdraw = 1435,
  KeyMayNotTrade = 1436,
  HedgeMode = 1437,
  ModeChanged = 1438,
  ServerExposed = 1490,
  KeyUnbound = 1491,
  DataDirExposed = 1492,

  // Certification.
  RealMoney = 1460,
  AccountNotFlat = 1461,
  CertificationFailed = 1462,

  // The store: databases, schemas.
  StoreAway = 1500,
  StoreGap = 1501,
  StoreFailed = 1502,
  StoreRow = 1503,
  StoreNewer = 1504,
  MigrationChanged = 1505,
  SchemaBehind = 1506,
  DatabaseUrl = 1507,

  // Projection of records into the store, and the outbox.
  JournalDropped = 1530,
  StoreAhead = 1531,
  HistoryAbsent = 1532,
  HistoryAway = 1533,
  ProjectionBehind = 1534,
  ProjectionFailed = 1535,
  OutboxFailing = 1536,
  OutboxConfig = 1537,
  OutboxBehind = 1538,
  InstanceChanged = 1539,
}

/** Name of a code as shown on the API and in logs. */
export function codeName(code: Code): string {
  return Code[code] ?? `Code${code}`;
}
